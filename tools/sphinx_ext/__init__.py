"""The Sphinx extension that makes the course's site; `course_site` is the part Sphinx loads."""
