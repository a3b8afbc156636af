"""``sstar serve``: a model server of one's own, vLLM with flags that fit the machine.

A room of its own because it is hardware, flags and processes; the rest of the house knows a server only by
its URL. See ``docs/design/vllm.md``.

* ``hardware.py``: what this machine has; ``flags.py``: what vLLM should be told then (pure)
* ``server.py``: lock, start, progress, end; ``guard.py``: the process that leaves nothing behind
* ``cli.py``: the command
"""
