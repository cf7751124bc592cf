"""What every part of the hub is given: its keys, rules, visit schedule, orders, content."""
