"""The station PC: serves courses and exams on the LAN, records, syncs."""
