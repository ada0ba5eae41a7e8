"""The marks of currencies beside amounts, and which currencies each may mean."""

import re
from collections.abc import Mapping

MEANS: Mapping[str, str] = {
    "£": "GBP EGP LBP SYP",
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "$": "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP UYU BBD BSD BZD FJD JMD LRD NAD SRD TTD XCD",
    "us$": "USD",
    "c$": "CAD",
    "ca$": "CAD",
    "a$": "AUD",
    "au$": "AUD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "mx$": "MXN",
    "r$": "BRL",
    "¥": "JPY CNY",
    "円": "JPY",
    "元": "CNY",
    "₹": "INR",
    "rs": "INR PKR LKR NPR MUR",
    "rs.": "INR PKR LKR NPR MUR",
    "₺": "TRY",
    "tl": "TRY",
    "₽": "RUB",
    "руб": "RUB",
    "руб.": "RUB",
    "₴": "UAH",
    "₸": "KZT",
    "₼": "AZN",
    "₾": "GEL",
    "₩": "KRW",
    "₪": "ILS",
    "₫": "VND",
    "฿": "THB",
    "₱": "PHP",
    "₦": "NGN",
    "zł": "PLN",
    "kč": "CZK",
    "ft": "HUF",
    "lei": "RON MDL",
    "лв": "BGN",
    "kr": "SEK NOK DKK ISK",
    "kr.": "SEK NOK DKK ISK",
    "fr.": "CHF",
    "sfr.": "CHF",
    "r": "ZAR",
    "rm": "MYR",
    "rp": "IDR",
    "﷼": "IRR SAR OMR QAR YER",
    "ریال": "IRR SAR OMR QAR YER",
    "ريال": "IRR SAR OMR QAR YER",  # with the Arabic yeh
    "rial": "IRR OMR YER",
    "rials": "IRR OMR YER",
    "تومان": "IRT",
    "تومن": "IRT",
    "toman": "IRT",
    "tomans": "IRT",
    "درهم": "AED MAD",
    "دینار": "IQD KWD BHD JOD",
    "لیر": "TRY",
    "دلار": "USD CAD AUD",
    "یورو": "EUR",
    "پوند": "GBP",
}
"""Each mark with the codes it may stand for, the commonest first."""

_ALL_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS
INR IQD IRR IRT ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG
SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF
XCD XOF XPF YER ZAR ZMW ZWL
"""
CODES = frozenset(_ALL_CODES.split())


def marks_of(currency: str) -> str:
    """A pattern of the marks that may mean the currency, its code among them, in any case."""
    return _pattern({currency, *(mark for mark, codes in MEANS.items() if currency in codes.split())})


def every_mark() -> str:
    """A pattern of every mark and code that crmlab knows."""
    return _pattern({*MEANS, *CODES})


def _pattern(marks: set[str]) -> str:
    # The longest first, so that `kr.` is not taken for `kr` with a point left over.
    return "(?i:" + "|".join(re.escape(mark) for mark in sorted(marks, key=lambda mark: (-len(mark), mark))) + ")"
