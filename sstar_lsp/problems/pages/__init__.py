"""A page as blocks: saved HTML, Markdown, copied text."""
