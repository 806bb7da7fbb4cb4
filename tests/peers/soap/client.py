"""Asks the population registry's sandbox through its WSDL as `zeep` does, and prints what that package understood, as one JSON list.

Usage: client.py WSDL TOKEN KEY    (questions as a JSON list on standard input, KEY in hexadecimal digits)
"""

import hashlib
import hmac
import json
import sys
import uuid

import requests
from zeep import Client, xsd
from zeep.exceptions import Fault
from zeep.transports import Transport

wsdl, token, key = sys.argv[1:]
NAMESPACE = "{http://dancuquocgia.bca}"

session = requests.Session()
session.headers["Authorization"] = f"Bearer {token}"
# A description draws in nothing from elsewhere: zeep's own settings are strict.
client = Client(wsdl, transport=Transport(session=session))


def ask(question):
    born = {"NgayThangNam": question["day"]} if "day" in question else {"Nam": question["year"]}
    fields = {
        "MaYeuCau": str(uuid.uuid4()),
        "MaDVC": "1.004222",
        "MaTichHop": "037",
        "MaCanBo": "CB-ZEEP",
        "SoDinhDanh": question["number"],
        "HoVaTen": question["name"],
    }
    sex = question.get("sex")
    signed = "\n".join([*fields.values(), *born.values(), sex or ""])
    hashed = hmac.new(bytes.fromhex(question.get("key", key)), signed.encode(), hashlib.sha256).hexdigest()
    try:
        answer = client.service.TraCuuThongTinCongDan(
            **fields, NgayThangNamSinh=born, GioiTinh=sex or xsd.SkipValue, _soapheaders={"AuthHash": hashed}
        )
    except Fault as fault:
        return {"fault": fault.detail.findtext(f"{NAMESPACE}MaLoi")}
    if answer.MaYeuCau != fields["MaYeuCau"]:
        raise SystemExit("an answer to another question")
    if answer.DoiChieu is None:
        return {"state": answer.TrangThai}
    told = answer.DoiChieu
    return {"state": answer.TrangThai, "name": told.HoVaTen, "born": told.NgayThangNamSinh, "sex": told.GioiTinh}


json.dump([ask(question) for question in json.load(sys.stdin)], sys.stdout, ensure_ascii=True)
