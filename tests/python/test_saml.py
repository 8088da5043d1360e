"""Single sign-on by SAML: the identity provider is pysaml2, the application the official Python SDK."""

import re
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
import pytest
from saml import Person, SamlIdentityProvider
from vestibule import DEMO_REDIRECT, Server
from visitor import Forms, Visitor
from workos._errors import BadRequestError, NotFoundError
from workos.sso._resource import CreateProtocolOptionsSAML
from workos.sso.models import CreateConnectionSAMLOptions

DOMAIN = "saml.example"
ADA = Person("ada@saml.example", {"email": "ada@saml.example", "firstName": "Ada", "lastName": "Lovelace", "groups": ["Engineering", "Admins"]})


@pytest.fixture(scope="module")
def server():
    running = Server("--webhook-allow-private")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def organization(server):
    domain = {"domain": DOMAIN, "state": "verified"}
    reply = server.request("POST", "/organizations", {"name": "Acme", "domain_data": [domain]})
    assert reply.status_code == 201, reply.text
    return reply.json()["id"]


@pytest.fixture
def idp():
    provider = SamlIdentityProvider(ADA)
    yield provider
    provider.stop()


def configuration(server, connection):
    reply = server.request("GET", f"/vestibule/v1/connections/{connection.id}/configuration")
    assert reply.status_code == 200, reply.text
    return reply.json()["saml"]


@pytest.fixture
def connection(server, workos, organization, idp):
    """A connection by what the identity provider says of itself."""
    options = CreateConnectionSAMLOptions(idp_metadata_url=idp.metadata_url)
    made = workos.sso.create_connection(organization_id=organization, protocol_options=CreateProtocolOptionsSAML(saml_options=options))
    idp.trust(configuration(server, made)["sp_metadata_url"])
    yield made
    workos.sso.delete_connection(made.id)


def leaves(server, workos, **selector):
    """Somebody whom the application sends to sign in: they, and where they are sent."""
    visitor = Visitor(server).open(workos.sso.get_authorization_url(redirect_uri=DEMO_REDIRECT, state="kept", **selector))
    return visitor, visitor.left


def posted(idp, place):
    """What the identity provider has the browser post: where to, and the fields."""
    with httpx2.Client(timeout=30) as client:
        asked = client.get(place)
        assert asked.status_code == 200, asked.text
        [form] = Forms(asked.text).forms
        fields = {one["name"]: one.get("value", "") for one in form["inputs"]}
        answered = client.post(urljoin(idp.url, form["attributes"]["action"]), data=fields)
        assert answered.status_code == 200, answered.text
    [form] = Forms(answered.text).forms
    return form["attributes"]["action"], {one["name"]: one.get("value", "") for one in form["inputs"]}


def comes_back(visitor, acs_url, fields):
    """Posts without our cookies, as a form of another site does, and goes on with them; answers what the application gets."""
    with httpx2.Client(timeout=30, follow_redirects=False) as elsewhere:
        answered = elsewhere.post(acs_url, data=fields)
    if answered.status_code != 303:
        return {"status": answered.status_code}
    visitor.open(urljoin(acs_url, answered.headers["location"]))
    if not visitor.left:
        return {"status": visitor.status}
    assert visitor.left.startswith(DEMO_REDIRECT), visitor.left
    return {name: values[0] for name, values in parse_qs(urlsplit(visitor.left).query).items()}


def signs_in(server, workos, idp, **selector):
    visitor, place = leaves(server, workos, **selector)
    assert place.startswith(idp.sso_url), place
    return comes_back(visitor, *posted(idp, place))


def test_an_application_learns_who_somebody_is(server, workos, organization, idp, connection):
    assert (connection.connection_type.value, connection.state.value) == ("GenericSAML", "validating")
    back = signs_in(server, workos, idp, organization=organization)
    assert back["state"] == "kept"
    profile = workos.sso.get_profile_and_token(code=back["code"]).profile
    assert (profile.email, profile.idp_id, profile.first_name, profile.last_name) == (ADA.name_id, ADA.name_id, "Ada", "Lovelace")
    assert (profile.organization_id, profile.connection_id, profile.groups) == (organization, connection.id, ["Engineering", "Admins"])
    assert workos.sso.get_connection(connection.id).state.value == "active"
    [document] = idp.requests
    assert "ForceAuthn" not in document and "<saml:Issuer>" in document


def test_the_code_is_good_for_a_session_in_the_organization(server, workos, organization, idp, connection):
    back = signs_in(server, workos, idp, connection=connection.id)
    session = workos.user_management.authenticate_with_code(code=back["code"])
    assert (session.user.email, session.user.email_verified, session.authentication_method) == (ADA.name_id, True, "SSO")
    assert session.organization_id == organization


def test_who_asks_for_a_greatest_age_gets_a_sign_in_of_now(server, idp, connection):
    asked = {"client_id": server.client_id, "redirect_uri": DEMO_REDIRECT, "response_type": "code", "connection_id": connection.id, "max_age": 600}
    posted(idp, Visitor(server).open(f"/user_management/authorize?{urlencode(asked)}").left)
    assert 'ForceAuthn="true"' in idp.requests[-1]


@pytest.mark.parametrize("signed", ["response", "both"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_what_is_signed_and_encrypted_otherwise_is_read_too(server, workos, idp, connection, signed, encrypted):
    if encrypted:
        certificate = workos.sso.create_connection_saml_sp_encryption_cert(connection.id)
        assert certificate.value.startswith("-----BEGIN CERTIFICATE-----")
        idp.trusted.clear()
        idp.trust(configuration(server, connection)["sp_metadata_url"])
    idp.sign_response, idp.sign_assertion, idp.encrypt = True, signed == "both", encrypted
    assert "code" in signs_in(server, workos, idp, connection=connection.id)


def test_what_we_ask_is_signed_where_a_key_was_made(server, workos, idp, connection):
    with pytest.raises(NotFoundError):
        workos.sso.list_connection_saml_sp_signing_cert(connection.id)
    certificate = workos.sso.create_connection_saml_sp_signing_cert(connection.id)
    assert workos.sso.list_connection_saml_sp_signing_cert(connection.id).id == certificate.id
    idp.want_signed_requests = True
    idp.trusted.clear()
    idp.trust(configuration(server, connection)["sp_metadata_url"])
    assert "code" in signs_in(server, workos, idp, connection=connection.id)
    visitor, place = leaves(server, workos, connection=connection.id)
    unsigned = re.sub(r"&SigAlg=[^&]*&Signature=[^&]*", "", place)
    assert httpx2.get(unsigned).status_code == 400, "the identity provider would not have taken it"
    workos.sso.delete_connection_saml_sp_signing_cert(connection.id, certificate.id)


def test_another_certificate_is_believed_once_it_is_known_and_the_last_one_stays(server, workos, organization, idp):
    options = CreateConnectionSAMLOptions(idp_entity_id=idp.entity_id, idp_sso_url=idp.sso_url, idp_signing_certs=[idp.certificate])
    made = workos.sso.create_connection(organization_id=organization, protocol_options=CreateProtocolOptionsSAML(saml_options=options))
    idp.trust(configuration(server, made)["sp_metadata_url"])
    assert "code" in signs_in(server, workos, idp, connection=made.id)
    idp.roll_key()
    assert signs_in(server, workos, idp, connection=made.id)["error"] == "oauth_failed"
    [former] = workos.sso.list_connection_saml_idp_signing_certs(made.id).data
    with pytest.raises(BadRequestError):
        workos.sso.delete_connection_saml_idp_signing_cert(made.id, former.id)
    added = workos.sso.create_connection_saml_idp_signing_cert(made.id, value=idp.certificate)
    assert "code" in signs_in(server, workos, idp, connection=made.id)
    server.event("connection.saml_certificate_renewed", lambda one: one["connection"]["id"] == made.id)
    workos.sso.delete_connection_saml_idp_signing_cert(made.id, former.id)
    assert [one.id for one in workos.sso.list_connection_saml_idp_signing_certs(made.id).data] == [added.id]
    with pytest.raises(BadRequestError):
        workos.sso.create_connection_saml_idp_signing_cert(made.id, value="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")
    workos.sso.delete_connection(made.id)


def test_an_answer_is_taken_once_by_the_browser_that_asked(server, workos, idp, connection):
    visitor, place = leaves(server, workos, connection=connection.id)
    acs_url, fields = posted(idp, place)
    assert comes_back(Visitor(server), acs_url, fields)["status"] == 403, "another browser brought it"
    assert "code" in comes_back(visitor, acs_url, fields)
    assert comes_back(visitor, acs_url, fields)["error"] == "idp_initiated_sso_disabled", "nobody waits for it any more"
    # The same assertion under a request of its own, by the same browser.
    visitor, place = leaves(server, workos, connection=connection.id)
    state = parse_qs(urlsplit(place).query)["RelayState"][0]
    assert comes_back(visitor, acs_url, {**fields, "RelayState": state})["error"] == "oauth_failed"


def test_an_answer_that_was_changed_or_is_of_another_is_not_believed(server, workos, organization, idp, connection):
    idp.sign_assertion = False
    assert signs_in(server, workos, idp, connection=connection.id)["error"] == "oauth_failed", "it is not signed"
    idp.sign_assertion = True
    other = SamlIdentityProvider(ADA)
    try:
        other.trust(configuration(server, connection)["sp_metadata_url"])
        visitor, place = leaves(server, workos, connection=connection.id)
        acs_url, fields = posted(idp, place)
        request_id = re.search(r' ID="([^"]+)"', idp.requests[-1])[1]
        ours = configuration(server, connection)
        other.entity_id = idp.entity_id
        other._configure()
        forged = other.response(ours["sp_entity_id"], acs_url, request_id)
        assert comes_back(visitor, acs_url, {**fields, "SAMLResponse": forged})["error"] == "oauth_failed", "another key signed it"
    finally:
        other.stop()
    for answer in ["", "not base64", "PHhtbC8+"]:
        visitor, place = leaves(server, workos, connection=connection.id)
        state = parse_qs(urlsplit(place).query)["RelayState"][0]
        back = comes_back(visitor, configuration(server, connection)["acs_url"], {"SAMLResponse": answer, "RelayState": state})
        assert back["error"] == "oauth_failed", answer


def test_an_answer_that_nobody_asked_for_leads_to_the_application_which_can_begin(server, workos, organization, idp, connection):
    ours = configuration(server, connection)
    fields = {"SAMLResponse": idp.response(ours["sp_entity_id"], ours["acs_url"])}
    told = comes_back(Visitor(server), ours["acs_url"], fields)
    assert (told["error"], told["connection_id"], told["organization_id"]) == ("idp_initiated_sso_disabled", connection.id, organization)
    assert "code" not in told
    assert comes_back(Visitor(server), ours["acs_url"].rsplit("/", 1)[0] + "/unknown", fields)["status"] == 404


def test_who_is_none_of_the_organizations_people_is_not_let_in(server, workos, idp, connection):
    idp.person = Person("eve@elsewhere.example", {"email": "eve@elsewhere.example"})
    assert signs_in(server, workos, idp, connection=connection.id)["error"] == "profile_not_allowed_outside_organization"
    transient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
    idp.person = Person("_1234", {"email": ADA.name_id}, transient)
    assert signs_in(server, workos, idp, connection=connection.id)["error"] == "oauth_failed", "it is another name each time"


def test_a_connection_that_cannot_work_is_refused(server, workos, organization, idp):
    def refused(options):
        reply = server.request("POST", "/connections", {"organization_id": organization, "saml_options": options})
        return reply.status_code, reply.json().get("code")

    manual = {"idp_sso_url": idp.sso_url, "idp_signing_certs": [idp.certificate]}
    assert refused({"idp_metadata_url": f"{idp.url}/nowhere"}) == (400, "saml_metadata_invalid")
    assert refused({"idp_metadata_url": idp.sso_url + "?SAMLRequest=x"}) == (400, "saml_metadata_invalid")
    assert refused({**manual, "idp_signing_certs": ["no certificate"]}) == (400, "invalid_certificate")
    for wrong in [{}, {"idp_sso_url": idp.sso_url}, {**manual, "idp_metadata_url": idp.metadata_url}, {**manual, "idp_sso_url": "javascript:1"}, {**manual, "acs_url": "x"}]:
        assert refused(wrong)[0] == 422, wrong
    oidc = {"discovery_endpoint": idp.url, "client_id": "x", "client_secret": "y"}
    both = {"organization_id": organization, "saml_options": manual, "oidc_options": oidc}
    assert server.request("POST", "/connections", both).status_code == 422
    typed = {"organization_id": organization, "saml_options": manual, "connection_type": "OktaOIDC"}
    assert server.request("POST", "/connections", typed).status_code == 422
    assert workos.sso.list_connections(organization_id=organization).data == []
