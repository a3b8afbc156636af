"""Style sheet of a report, light and dark; its hash is in the page's content security policy."""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --dim: #5d6876; --line: #d9dee5; --back: #fff; --box: #f5f7f9;
  --good: #1d7f45; --bad: #b3372c; --key: #8a2f8f; --text: #1d6f42; --name: #1f5fae; --number: #a2541a; }
@media (prefers-color-scheme: dark) { :root { --ink: #dfe4ea; --dim: #97a3b1; --line: #333c47; --back: #151a20;
  --box: #1d242c; --good: #5cc98a; --bad: #f08a7e; --key: #d79be0; --text: #8fd3a6; --name: #86b8f2; --number: #e5ab77; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; color: var(--ink); background: var(--back);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
p { margin: .4rem 0; overflow-wrap: anywhere; } .dim { color: var(--dim); }
.status { display: inline-block; padding: 0 .6rem; border-radius: 1rem; border: 1px solid; font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); }
pre { margin: 0; padding: .6rem .8rem; background: var(--box); border: 1px solid var(--line); border-radius: 6px;
  overflow: auto; max-height: 40rem; font: 13px/1.45 ui-monospace, monospace; tab-size: 4; }
pre.statement { white-space: pre-wrap; overflow-wrap: anywhere; }
.side { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .75rem; margin: .5rem 0; }
.side > div { min-width: 0; } .side h4 { margin: 0 0 .2rem; font-size: .85rem; color: var(--dim); font-weight: 600; }
.side pre { max-height: 18rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--dim); font-weight: 600; } td.number, th.number { text-align: right; }
blockquote { margin: .4rem 0; padding: .1rem .8rem; border-left: 3px solid var(--line); color: var(--dim); overflow-wrap: anywhere; }
details { margin: .35rem 0; } summary { cursor: pointer; } details pre { margin-top: .35rem; }
svg { max-width: 100%; height: auto; }
form { display: inline; } button { font: inherit; font-size: .85rem; padding: .05rem .6rem; border: 1px solid var(--line);
  border-radius: 5px; background: var(--box); color: var(--name); cursor: pointer; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: .6rem; font-size: .85rem; color: var(--dim); }
.code span[class^="k"], .code span.ow { color: var(--key); } .code span[class^="s"] { color: var(--text); }
.code span[class^="c"] { color: var(--dim); font-style: italic; } .code span[class^="m"] { color: var(--number); }
.code span[class^="nf"], .code span[class^="nc"], .code span[class^="nb"] { color: var(--name); }
@media print { pre { max-height: none; white-space: pre-wrap; } button { display: none; } }
"""
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


def policy(*, has_forms: bool) -> str:
    """Content security policy of a page: its own style sheet only; forms only to its own origin."""
    target = "'self'" if has_forms else "'none'"
    return f"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action {target}"
