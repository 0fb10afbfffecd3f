"""The furniture of web pages: lines that hold a phrase of menus, forms and notices (the idea: Raffel et al. 2020, section 2.2).

A phrase is a run of words of the normal form within a line, so that "Sign-up" and "SIGN UP »" are one.
"""

import numpy as np

from heal_pipeline.filtering.kernels.batch import TextBatch
from heal_pipeline.text.words import WordBatch, word_list, words

PHRASES = (
    # notices
    "we use cookies, this site uses cookies, this website uses cookies, use of cookies, cookie policy, cookies policy, "
    "accept cookies, accept all cookies, cookie settings, privacy policy, privacy notice, privacy statement, terms of use, "
    "terms of service, terms and conditions, all rights reserved, advertisement, sponsored content, powered by, "
    # accounts and letters
    "sign up, sign in, log in, log out, login, create an account, forgot password, forgot your password, subscribe now, "
    "subscribe to our, subscribe today, subscribe here, our newsletter, unsubscribe, "
    # sharing
    "share this, share on facebook, share on twitter, share via email, tweet this, pin it, like us on facebook, "
    "follow us on, email this, print this page, rss feed, "
    # what browsers lack
    "javascript must be enabled, enable javascript, javascript enabled, javascript is disabled, javascript is required, "
    "browser does not support, "
    # ways through the site
    "read more, continue reading, click here, load more, show more, view all, previous post, next post, previous article, "
    "next article, previous page, next page, older posts, newer posts, older entries, newer entries, related posts, "
    "related articles, recent posts, recent comments, you may also like, back to top, skip to content, "
    "skip to main content, skip navigation, site map, sitemap, contact us, about us, add to cart, shopping cart, "
    # comments
    "leave a reply, leave a comment, post a comment, add a comment, cancel reply, permalink, trackback, posted by, "
    "posted in, posted on, filed under, tagged with, your email address will not be published, required fields are marked"
).split(", ")

_PHRASES = [tuple(words(phrase)) for phrase in PHRASES]
_WORDS = word_list(sorted({word for phrase in _PHRASES for word in phrase}))
_BASE = len(_WORDS) + 1
_LONGEST = max(map(len, _PHRASES))


def _key(phrase: tuple[str, ...]) -> int:
    """A number for a phrase: its words are the digits, 0 is any other word. Eight words of these fit into 63 bits."""
    return sum((_WORDS[word.encode()] + 1) * _BASE**place for place, word in enumerate(reversed(phrase)))


_KEYS = np.array(sorted(_key(phrase) for phrase in _PHRASES))
_FIRST = np.zeros(_BASE, dtype=bool)
_FIRST[[_key(phrase[:1]) for phrase in _PHRASES]] = True


def boilerplate(batch: TextBatch) -> np.ndarray:
    """Share of the lines' characters in lines that hold such a phrase."""
    number_of_line = np.searchsorted(batch.newlines, batch.line_starts)
    return batch.share_of_line_chars(np.isin(number_of_line, _lines_with_phrases(batch.words)))


def _lines_with_phrases(found: WordBatch) -> np.ndarray:
    """int64[num_phrases]: the newlines before each phrase. Few words begin one, and of these few go on: the rest is left out."""
    digits = found.look_up(_WORDS) + 1
    starts = np.flatnonzero(_FIRST[digits][found.ids])
    keys, lines = digits[found.ids[starts]], []
    for size in range(1, _LONGEST + 1):
        whole = starts[_KEYS[np.searchsorted(_KEYS[:-1], keys)] == keys]
        first, last = found.newlines_before(whole), found.newlines_before(whole + size - 1)
        lines.append(first[first == last])
        inside = np.flatnonzero(starts + size < len(found.ids))
        following = digits[found.ids[starts[inside] + size]]
        goes_on = inside[following > 0]
        starts, keys = starts[goes_on], keys[goes_on] * _BASE + following[following > 0]
    return np.concatenate(lines)
