"""Problems: from what people paste to :class:`~sstar_lsp.records.Problem`. See ``docs/problems.md``.

Imports nothing: two threads that import modules of a package whose ``__init__`` imports them too can wait for
each other's import locks, and then one sees a module that is half made.
"""
