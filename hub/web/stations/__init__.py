"""Pages about stations and signing keys, and the address at which stations speak."""
