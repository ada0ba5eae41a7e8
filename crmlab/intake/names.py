"""Headers -> which of crmlab's columns a name speaks of: the words clients use, in several languages."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from crmlab.intake.values import currency_of, plain

# For each column of each table the names that mean it, in the form `key_of` gives: lower case, single spaces, no marks.
_TRANSACTIONS = {
    "customer_id": (
        "customer id, customer, customer no, customer number, customer code, customer key, cust id, cust no, "
        "cust, client id, client, client no, client number, client code, user id, userid, member id, member "
        "no, buyer id, account id, account no, account number, account, account name, contact id, shopper id, "
        "card id, card no, loyalty id, household key, kunden nr, kundennr, kundennummer, kunden id, kunde, "
        "kunden nummer, numero client, num client, code client, id client, id cliente, cliente, codigo "
        "cliente, numero cliente, cod cliente, کد مشتری, شماره مشتری, مشتری, شناسه مشتری, کد خریدار, خریدار, "
        "شماره اشتراک, کد اشتراک, کد طرف حساب, طرف حساب"
    ),
    "date": (
        "date, invoice date, order date, orderdate, purchase date, transaction date, trans date, txn date, "
        "sale date, sales date, day, timestamp, datetime, date time, created at, created, ordered at, order "
        "time, order timestamp, invoice day, posting date, booking date, order purchase timestamp, purchased "
        "at, sold on, sold at, datum, bestelldatum, rechnungsdatum, kaufdatum, belegdatum, buchungsdatum, "
        "date commande, date de commande, date facture, date de facture, date achat, fecha, fecha factura, "
        "fecha de compra, fecha pedido, تاریخ, تاریخ خرید, تاریخ فاکتور, تاریخ سفارش, تاریخ فروش, تاریخ ثبت, "
        "تاریخ تراکنش"
    ),
    "amount": (
        "amount, total, total amount, line total, line amount, sales, sales amount, revenue, net amount, net "
        "revenue, value, order value, total price, total value, total sales, sum, spend, payment, payment "
        "value, paid, amount paid, turnover, gross amount, net sales, extended price, subtotal, price total, "
        "betrag, umsatz, summe, gesamt, gesamtbetrag, gesamtpreis, nettobetrag, positionswert, montant, "
        "montant total, chiffre affaires, importe, monto, valor, importe total, مبلغ, مبلغ کل, جمع, جمع کل, "
        "مبلغ خرید, مبلغ فاکتور, مبلغ فروش, قیمت کل, مبلغ خالص, فروش, مبلغ پرداختی"
    ),
    "order_id": (
        "order id, order no, order number, order, order nr, invoice no, invoice, invoice id, invoice number, "
        "receipt, receipt no, receipt id, receipt number, transaction id, transaction no, trans id, txn id, "
        "basket id, bill no, bill id, ticket, ticket no, document no, doc no, voucher no, purchase id, "
        "bestellnummer, bestell nr, rechnungsnummer, rechnungs nr, rechnungsnr, rechnung, beleg, belegnummer, "
        "auftrag, auftragsnummer, numero commande, commande, facture, numero facture, factura, numero "
        "factura, pedido, شماره فاکتور, فاکتور, شماره سفارش, سفارش, کد سفارش, شماره رسید, شناسه سفارش, شماره "
        "تراکنش"
    ),
    "product_id": (
        "product id, product code, product no, product number, stock code, sku, item id, item code, item no, "
        "item number, article, article no, article number, article id, part no, ean, upc, barcode, plu, asin, "
        "artikelnummer, artikel nr, artikelnr, artikel id, code article, code produit, ref produit, codigo "
        "producto, codigo articulo, کد کالا, کد محصول, شناسه کالا, شناسه محصول, بارکد, شماره کالا"
    ),
    "product": (
        "product, product name, description, item, item name, item description, product description, product "
        "title, article name, stock description, artikel, artikelname, artikelbezeichnung, bezeichnung, "
        "produkt, beschreibung, produit, designation, libelle, nom produit, producto, descripcion, articulo, "
        "nombre producto, کالا, نام کالا, محصول, نام محصول, شرح کالا, شرح, عنوان کالا, عنوان محصول"
    ),
    "quantity": (
        "quantity, qty, units, pieces, count, no of items, item count, quantity ordered, units sold, volume, "
        "items, menge, anzahl, stuck, stueck, stuckzahl, quantite, qte, nombre, cantidad, unidades, cant, "
        "تعداد, مقدار, تعداد کالا"
    ),
    "unit_price": (
        "unit price, price, price each, price per unit, item price, selling price, sales price, unit cost "
        "price, price per piece, einzelpreis, stuckpreis, stueckpreis, preis, prix unitaire, prix, pu, precio "
        "unitario, precio, قیمت واحد, فی, قیمت, مبلغ واحد, نرخ, بهای واحد"
    ),
    "is_return": (
        "is return, returned, return, is returned, refund, is refund, refunded, cancelled, canceled, is "
        "cancelled, is canceled, transaction type, type, order type, line type, return flag, retoure, storno, "
        "retour, devolucion, مرجوعی, برگشتی, نوع تراکنش, نوع"
    ),
    "currency": (
        "currency, currency code, iso currency, wahrung, waehrung, devise, moneda, divisa, ارز, واحد پول, نوع ارز"
    ),
}
_CUSTOMERS = {
    "customer_id": _TRANSACTIONS["customer_id"] + ", id, شناسه, کد",
    "name": (
        "name, customer name, full name, client name, first name, last name, surname, contact name, "
        "kundenname, vorname, nachname, nom, prenom, nombre, apellido, نام, نام مشتری, نام و نام خانوادگی, "
        "نام خانوادگی"
    ),
    "email": "email, e mail, mail, email address, e mail address, courriel, correo, ایمیل, پست الکترونیک",
    "phone": (
        "phone, phone number, mobile, mobile number, tel, telephone, cell, cell phone, telefon, handy, "
        "telefono, تلفن, موبایل, شماره تلفن, شماره موبایل, تلفن همراه, همراه, شماره تماس"
    ),
    "national_id": (
        "national id, national code, ssn, social security number, national number, کد ملی, کدملی, شماره ملی"
    ),
    "birth_date": "birth date, birthday, date of birth, dob, born, geburtsdatum, date de naissance, تاریخ تولد",
    "city": "city, town, stadt, ort, ville, ciudad, شهر",
    "country": "country, land, pays, pais, کشور",
    "segment": (
        "segment, group, customer group, customer segment, customer type, tier, class, sector, industry, "
        "گروه, بخش, گروه مشتری"
    ),
    "joined_on": (
        "joined on, joined, join date, signup date, sign up date, registered, registration date, created at, "
        "created, member since, customer since, since, kunde seit, تاریخ عضویت, تاریخ ثبت نام"
    ),
    "may_contact": (
        "may contact, opt in, optin, consent, marketing consent, newsletter, email opt in, contact allowed, "
        "accepts marketing, اجازه تماس, رضایت"
    ),
    "marital_status": (
        "marital status, marital, civil status, married, familienstand, etat civil, situation familiale, "
        "estado civil, وضعیت تاهل, تاهل"
    ),
    "children": (
        "children, number of children, no of children, children at home, kids, kids at home, kinder, kinderzahl, "
        "enfants, nombre enfants, hijos, numero hijos, تعداد فرزندان, تعداد فرزند, فرزندان"
    ),
    "household_size": (
        "household size, people in household, household members, family size, family members, haushaltsgrosse, "
        "haushaltsgroesse, taille du foyer, tamano hogar, تعداد اعضای خانواده, تعداد خانوار, بعد خانوار"
    ),
    "youngest_child_born": (
        "youngest child born, youngest child birth date, youngest child birthday, youngest child dob, birth date "
        "of youngest child, geburtsdatum jungstes kind, تاریخ تولد کوچکترین فرزند, تاریخ تولد فرزند کوچک"
    ),
}
_PRODUCTS = {
    "product_id": _TRANSACTIONS["product_id"] + ", id, product, product name, کد, شناسه",
    "name": _TRANSACTIONS["product"] + ", name, title, نام, عنوان",
    "category": (
        "category, product category, product group, group, department, family, series, line, kategorie, "
        "warengruppe, categorie, famille, categoria, familia, گروه, دسته, گروه کالا, دسته بندی"
    ),
    "brand": "brand, manufacturer, maker, marke, hersteller, marque, marca, برند, مارک, سازنده",
    "list_price": ("list price, price, sales price, retail price, unit price, listenpreis, preis, prix, precio, قیمت"),
    "unit_cost": (
        "unit cost, cost, cost price, purchase price, einkaufspreis, ek, cout, coste, costo, بهای تمام شده, قیمت خرید"
    ),
}

_SYNONYMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    table: {column: tuple(name.strip() for name in names.split(",")) for column, names in columns.items()}
    for table, columns in (("transactions", _TRANSACTIONS), ("customers", _CUSTOMERS), ("products", _PRODUCTS))
}

# Words that mean a column by themselves, and nothing as a part of another name.
_GENERIC_WORDS = """
id name title type line class group count order day sum item items product invoice sales value total paid units card
created status price number code tier land fi ek pu since cost کد نام نوع گروه عنوان شرح کالا
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())

_LONGEST_HEADER = 200
_STEP = 0.0001


def key_of(header: str) -> str:
    """The header in the one form in which names are compared: `CustomerID`, `customer_id` and `Customer  Id` agree."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain(header[:_LONGEST_HEADER]))
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[^\W_]+", bare))


def closeness(header: str, table: str, column: str) -> float:
    """How surely the header names the column: 1 one of its names, less where other words stand beside the name.

    Among names that mean the column, those earlier in the list are a little surer: `customer id` before `customer`.
    """
    whole = key_of(header)
    key = _without_unit(whole)
    if key_of(column) in (whole, key):
        return 1.0
    names = enumerate(_names_of(table, column))
    return max((_agreement(key, name) - _STEP * rank for rank, name in names if _agreement(key, name)), default=0.0)


def _without_unit(key: str) -> str:
    """The name without the currency beside it: `amount eur` and `مبلغ ریال` are an amount."""
    words = key.split()
    bare = [word for word in words if word != "in" and not currency_of(word)]
    return " ".join(bare) or key


@cache
def _names_of(table: str, column: str) -> tuple[str, ...]:
    return tuple(key_of(name) for name in _SYNONYMS.get(table, {}).get(column, ()))


def _agreement(key: str, name: str) -> float:
    if key == name or key.replace(" ", "") == name.replace(" ", ""):
        return 1.0
    words, wanted = key.split(), name.split()
    if not words or name in _GENERIC or not set(wanted) <= set(words):
        return 0.0
    return 0.4 + 0.4 * len(wanted) / len(words)
