"""Kurs geprüft für Käufer."""

GRENZE = 10  # größer als null
