"""Holds EPCIS documents to the JSON Schema of EPCIS 2.0 with jsonschema and prints one JSON object
a file: every place that does not conform and why. Arguments: files. Ends by itself."""

import json
import pathlib
import sys

import jsonschema

SCHEMA = pathlib.Path(__file__).parent / "epcis" / "EPCISDocument.schema.json"
# Times and addresses are looked at as well; a checker that is not installed would pass everything.
FORMATS = ("date-time", "uri")

checker = jsonschema.Draft7Validator.FORMAT_CHECKER
missing = [name for name in FORMATS if name not in checker.checkers]
if missing:
    sys.exit(f"jsonschema cannot check the formats {', '.join(missing)}")
schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema, format_checker=checker)

for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        document = json.load(file)
    errors = [
        {"place": error.json_path, "why": error.message[:300]}
        for error in validator.iter_errors(document)
    ]
    print(json.dumps({"file": name, "errors": errors}, ensure_ascii=False), flush=True)
