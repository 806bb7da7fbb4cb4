"""Asks an Open311 server as `georeport` does and prints what that package understood, as one JSON document.

Usage: client.py ROOT JURISDICTION SERVICE CODE
"""

import json
import sys

import georeport
from requests import HTTPError

root, jurisdiction, service, code = sys.argv[1:]


def refusal(ask):
    """The HTTP status of a question that must be refused."""
    try:
        ask()
    except HTTPError as error:
        return error.response.status_code
    return 200


def one_or_many(found):
    # xmltodict gives a lone element without its list.
    return found if isinstance(found, list) else [found]


def understood(kind):
    client = georeport.GeoReport(root, jurisdiction=jurisdiction, output_format=kind)
    stranger = georeport.GeoReport(root, jurisdiction="nowhere", output_format=kind)
    definition = client.get_service_definition(service)
    attributes = definition["attributes"]
    attributes = attributes if isinstance(attributes, list) else one_or_many(attributes["attribute"])
    one = client.get_service_request(code)
    return {
        "services": [s["service_code"] for s in client.get_service_list()],
        "attributes": [a["code"] for a in attributes],
        "all": [r["service_request_id"] for r in one_or_many(client.get_service_requests())],
        "open": [r["service_request_id"] for r in one_or_many(client.get_service_requests(status="open", service_code=service))],
        "by_id": [r["service_request_id"] for r in one_or_many(client.get_service_requests(service_request_id=code))],
        "one": {name: str(one[name]) for name in ("service_request_id", "service_name", "description", "status", "lat", "long")},
        "wrong_date": refusal(lambda: client.get_service_requests(start_date="yesterday")),
        "wrong_service": refusal(lambda: client.get_service_definition("khong-co")),
        "wrong_jurisdiction": refusal(stranger.get_service_list),
    }


json.dump({kind: understood(kind) for kind in ("json", "xml")}, sys.stdout, ensure_ascii=True)
