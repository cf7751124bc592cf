"""From stored batches to facts, results and progress, and back to the evidence."""
