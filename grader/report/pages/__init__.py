"""Pages as self-contained files: a student's feedback as HTML and as Markdown.

Door: `feedback_view.feedback_view`, `html.feedback_html`, `markdown.feedback_markdown`, `handout.handout_html`.
"""
