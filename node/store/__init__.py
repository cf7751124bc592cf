"""All of the node's SQL. Functions take a connection; dataclasses come out."""
