"""Limits of courses and packs, each with its reason (SPEC.md §2).

They are checked when a folder is read, and again when a manifest is read: a node refuses what
a publisher may not build.
"""

MB = 1_000_000

# A line of 64 kbit/s carries about 230 MB in a night. A video above 400 MB takes two nights
# even when nothing is cut; at 480p that is already more than two hours of lecture.
MAX_VIDEO_BYTES = 400 * MB
# A scanned handout of 200 pages; above that the browser of a 2 GB PC stops scrolling.
MAX_PDF_BYTES = 50 * MB
# A station gets some twenty courses a term on a disk that often has 20 GB left.
MAX_COURSE_BYTES = 1_000 * MB
# About 150,000 Chinese characters: longer than any page that is read on a screen.
MAX_PAGE_BYTES = 500_000
# A page that is handed in may hold its pictures; the page made of it keeps to MAX_PAGE_BYTES.
MAX_PAGE_FILE_BYTES = 20 * MB
# Subtitles of four hours of lecture are about 200 kB.
MAX_SUBTITLES_BYTES = 500_000
# A full-screen JPEG at 1366×768 is 150-300 kB.
MAX_PICTURE_BYTES = 1 * MB
# An old PC holds four bytes for each pixel while it shows a picture: 160 MB at most.
MAX_PICTURE_PIXELS = 40_000_000
MAX_PICTURE_SIDE = 16_000  # no browser draws a longer side
# Three hours of speech at 64 kbit/s.
MAX_RECORDING_BYTES = 90 * MB
# Five minutes of speech at 128 kbit/s: a question is listened to twice.
MAX_SOUND_BYTES = 5 * MB
# 1,000 questions with explanations are about 700 kB.
MAX_TOML_BYTES = 2 * MB
# The same questions again as JSON, with every file's name and hash.
MAX_MANIFEST_BYTES = 3 * MB

MAX_MODULES = 20  # as many headings as a list of items bears
MAX_ITEMS = 60  # a course, not a library: a learner sees them as one list
MAX_QUESTIONS = 1_000  # of one bank; drawing and practice stay instant
MAX_FILES = 8_000  # two large SCORM packages; their names alone are 1.5 MB of the manifest
MAX_OPTIONS = 20  # letters A to T: the right sides of a long matching; the left sides too
MAX_BLANKS = 10  # of one fill-in: what is written into them travels in one record
MAX_QUESTION_MEDIA = 20  # pictures and sounds that one question shows
MAX_DEPTH = 14  # nesting of a manifest's JSON: down to the condition of a SCORM rule
MAX_PARTS = 8  # of a path: folders in folders, and the file
MAX_PATH_CHARS = 120  # with the node's data folder before it, under Windows' 260

MAX_TITLE_CHARS = 80
MAX_NAME_CHARS = 60
MAX_SUMMARY_CHARS = 1_000
MAX_ABOUT_CHARS = 120  # where a lecturer works, as what, on what
# A case of a page with a small table, as HTML.
MAX_QUESTION_CHARS = 4_000
MAX_OPTION_CHARS = 1_000
# Ten blanks with some wordings each, or the model answer of an essay.
MAX_ANSWER_CHARS = 2_000
MAX_EXPLAIN_CHARS = 4_000
# Characters written into all blanks of one question: with their separators they fit a record.
MAX_WRITTEN_CHARS = 200

MAX_VERSION = 1_000_000
MAX_SECONDS = 24 * 3600  # of one item
MAX_EXAM_MINUTES = 480
MAX_EXAM_ATTEMPTS = 20

# SCORM. Authoring tools export up to some 2,000 files; a package of 4,000 still lists in a second.
MAX_SCORM_FILES = 4_000
# Files of a package are blobs: their paths are never paths on a disk.
MAX_ASSET_PATH_CHARS = 240
MAX_ASSET_PARTS = 16
# The same with the item's id before them, as they stand in a manifest.
LONGEST_PATH = (MAX_ASSET_PATH_CHARS + 41, MAX_ASSET_PARTS + 1)
# 2,000 files and the sequencing of 200 activities are 1 MB of XML.
MAX_SCORM_MANIFEST_BYTES = 5 * MB
MAX_ACTIVITIES = 500  # a table of contents that somebody can still scroll through
MAX_ACTIVITY_DEPTH = 12  # the standard names no limit; courses have three levels
MAX_ACTIVITY_ID_CHARS = 250
MAX_ACTIVITY_TITLE_CHARS = 200
MAX_QUERY_CHARS = 1_000  # "parameters" and "prerequisites"
MAX_SHARED_STORES = 20  # of one activity; what all keep together is bounded where it is played
MAX_LAUNCH_DATA_CHARS = 4_096  # CMIString4096 of SCORM 1.2; SCORM 2004 has 4,000

# Checked before the zip is read further. Folders are entries too.
MAX_ZIP_ENTRIES = 10_000
# The list at the end of a zip takes 50 to 300 bytes an entry; Python holds ten times as much.
MAX_ZIP_LIST_BYTES = 5 * MB
MAX_ZIP_RATIO = 100  # video, PDF and pictures hardly shrink; text shrinks to a tenth

# A library of 10 million characters in 18 volumes is 1.7 MB each.
MAX_VOLUMES = 60
MAX_VOLUME_BYTES = 60 * MB
MAX_DOCUMENTS = 20_000  # of one volume
# The longest code of law has 150,000 characters; a line of a volume is read whole.
MAX_DOCUMENT_BYTES = 3 * MB

# Question banks of others (§9). Everything is read into memory once; a hub has that much.
MAX_BANK_BYTES = 256 * MB
# Above that it is not the bank of a course but somebody's whole data base.
MAX_IMPORTED = 100_000
# Nobody writes deeper, and deeper trees break readers.
MAX_XML_DEPTH = 100
# A workbook is unpacked in memory, as XML and then as a table.
MAX_WORKBOOK_BYTES = 300 * MB
# 100,000 questions with 60 columns; the table takes 32 bytes a cell.
MAX_SHEET_CELLS = 10_000_000

# Word documents. A part is XML that is read piece by piece; pictures are parts of their own.
MAX_WORD_BYTES = 100 * MB
# Styles, numbering and lists of relations are held whole.
MAX_WORD_PART_BYTES = 20 * MB
# Three thick books; a paper of 20,000 questions has fewer.
MAX_WORD_PARAGRAPHS = 200_000
# Elements of one paragraph or table: 5,000 rows of six cells.
MAX_WORD_BLOCK = 300_000
