"""The line to the hub: HTTP, certificates, rate, hours, back-off."""
