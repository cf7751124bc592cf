"""Courses out to stations: publishing, classes, releases, patches made beforehand."""
