"""The mailroom: from a RenderedMail and its readers to messages on the wire."""
