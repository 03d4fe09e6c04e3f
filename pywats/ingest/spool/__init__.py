"""The durable store between a read file and a stored report, and how a person looks into it."""
