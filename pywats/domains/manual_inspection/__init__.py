"""Manual inspections: sequences of steps that an operator carries out, and for which products they are."""
