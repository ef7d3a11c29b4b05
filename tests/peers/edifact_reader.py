"""Reads interchanges with pydifact and prints one JSON object a file: message types, control
counts and every segment as pydifact sees it. Arguments: files. Ends by itself."""

import json
import sys

from pydifact.segmentcollection import Interchange

for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        interchange = Interchange.from_str(file.read())
    messages = list(interchange.get_messages())
    print(
        json.dumps(
            {
                "file": name,
                "sender": interchange.sender,
                "recipient": interchange.recipient,
                "reference": interchange.control_reference,
                "messages": [
                    {
                        "type": message.type,
                        "version": message.version,
                        "segments": [[one.tag, one.elements] for one in message.segments],
                    }
                    for message in messages
                ],
            },
            ensure_ascii=False,
        ),
        flush=True,
    )
