"""How content travels: blobs, requests, pieces, sticks, releases."""
