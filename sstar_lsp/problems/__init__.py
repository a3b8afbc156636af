"""Problems: from what people paste to :class:`~sstar_lsp.records.Problem`. See ``docs/problems.md``.

Nothing is imported here: two threads that import modules of one package, whose ``__init__`` imports them as well, can wait for each other's
import locks, and then one finds a module that is half made.
"""
