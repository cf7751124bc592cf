"""The look that node and hub share: style sheet, icons, base templates, words."""
