"""Pages of study: home, player, courseware, library, results."""
