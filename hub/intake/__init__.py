"""One request of a station in, its answer out, by line or stick; joining; proofs."""
