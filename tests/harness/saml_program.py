"""The identity provider as a program, for tests that are not written in Python. Its argument is the address of whoever signs
in. It prints where it describes itself; each line that it reads is an address at which a service provider does."""

import json
import sys

from saml import Person, SamlIdentityProvider

email = sys.argv[1]
# Another site than the pages, as it is for everybody.
provider = SamlIdentityProvider(Person(email, {"email": email, "firstName": "Ada", "lastName": "Lovelace"}), host="localhost")
print(json.dumps({"metadata_url": provider.metadata_url, "url": provider.url}), flush=True)
for line in sys.stdin:
    provider.trust(line.strip())
    print("ready", flush=True)
provider.stop()
