"""The newsroom: from files to one RenderedMail. No database, no network, no clock."""
