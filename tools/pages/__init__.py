"""What the site needs beside the pages: hooks of MkDocs that write tables and references from the code."""
