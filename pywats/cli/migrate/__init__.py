"""The command ``migrate``: what a program that was written for the vendor's client has to change."""
