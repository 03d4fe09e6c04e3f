"""Yield and other figures that the server computes from its reports."""
