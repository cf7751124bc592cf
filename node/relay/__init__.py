"""Parcels of other stations, kept and handed on."""
