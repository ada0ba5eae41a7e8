"""The codes whose words are ours: what the schema allows, and what the teaching company calls its own.

A client's codes are the client's and stay as they are; these are shown in the language spoken.
"""

from crmlab.language import mark, translated

CODES: frozenset[str] = frozenset(
    {
        *(mark("person"), mark("firm"), mark("low"), mark("middle"), mark("medium"), mark("high")),
        *(mark("averse"), mark("neutral"), mark("seeking"), mark("small"), mark("large")),
        *(mark("durable"), mark("consumable"), mark("service"), mark("services")),
        *(mark("basic"), mark("standard"), mark("premium")),
        *(mark("sales"), mark("billing"), mark("support"), mark("technical"), mark("front_line"), mark("head_office")),
        *(mark("price"), mark("competitor"), mark("no_need"), mark("moved"), mark("not_paid")),
        *(mark("complaint"), mark("request"), mark("question"), mark("good"), mark("bad")),
        *(mark("prospecting"), mark("loyalty"), mark("growth"), mark("win_back_or_save"), mark("treat")),
        *(mark("do_nothing"), mark("wages"), mark("media"), mark("fees"), mark("rent"), mark("depreciation")),
        *(mark("qualified"), mark("needs"), mark("proposal"), mark("negotiation"), mark("closing")),
        *(mark("open"), mark("won"), mark("lost"), mark("advanced"), mark("back")),
        *(mark("call"), mark("visit"), mark("letter"), mark("quote"), mark("report")),
        *(mark("vendor"), mark("own"), mark("software"), mark("hardware"), mark("training"), mark("data")),
        mark("staff_time"),
        # channels, ways of asking, and what serving a customer is
        *(mark("web"), mark("phone"), mark("branch"), mark("social"), mark("search"), mark("referral")),
        *(mark("partner"), mark("direct_mail"), mark("email"), mark("post"), mark("sms"), mark("app")),
        *(mark("delivery"), mark("installation"), mark("repair"), mark("credit")),
        # the scales of the survey of the teaching company's people
        *(mark("sponsorship"), mark("culture"), mark("process"), mark("cooperation")),
        *(mark("customer_orientation"), mark("crm_capability")),
        # what the teaching company sells
        *(mark("cooking"), mark("cooling"), mark("cleaning"), mark("heating"), mark("water"), mark("consumables")),
        *(mark("laundry"), mark("television"), mark("refrigeration"), mark("dishwashing")),
        *(mark("small_kitchen"), mark("personal_care"), mark("utilities")),
        # the regions of the teaching company
        *(mark("Tehran"), mark("Khorasan"), mark("Isfahan"), mark("Fars")),
        *(mark("Azerbaijan"), mark("Khuzestan"), mark("Gilan"), mark("Kerman")),
    }
)


def code_words(code: object) -> str:
    """A code as a reader sees it: one of `CODES` in the language spoken, any other as the client has it."""
    text = str(code)
    return translated(text.replace("_", " ")) if text in CODES else text
