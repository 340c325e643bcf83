"""Defects seeded on purpose, in copies of the system, to measure what each check can see."""
