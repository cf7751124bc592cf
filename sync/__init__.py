"""The exchange between station nodes and the hub: bytes, signatures, rules. See SPEC.md."""
