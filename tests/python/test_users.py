"""Users, verification, email change, magic auth and password reset through the official Python SDK."""

import pytest
from vestibule import GOOD_PASSWORD, unique, unique_email
from workos import ConflictError, NotFoundError, UnprocessableEntityError
from workos._errors import BadRequestError
from workos.user_management._resource import PasswordHashed, PasswordPlaintext

BCRYPT = "$2b$10$86BAEM3xYQI.Hc7wUnEqdOJWNso1.oVnWH8mOKVxkswKwiyiiXUc6"  # of GOOD_PASSWORD
OTHER_PASSWORD = "Violet-Harbour-Quince-31"


@pytest.fixture(scope="module")
def users(workos):
    return workos.user_management


def test_a_user_comes_back_as_it_was_made(users):
    external_id = unique("external")
    user = users.create_user(
        email=unique_email("Marcelina"),
        first_name="Marcelina",
        last_name="Davis",
        email_verified=True,
        metadata={"timezone": "America/New_York"},
        external_id=external_id,
        password=PasswordPlaintext(password=GOOD_PASSWORD),
    )
    assert user.id.startswith("user_")
    assert (user.first_name, user.last_name, user.email_verified, user.last_sign_in_at) == ("Marcelina", "Davis", True, None)
    read = users.get_user(user.id)
    assert (read.email, read.metadata, read.external_id) == (user.email, {"timezone": "America/New_York"}, external_id)
    assert users.get_user_by_external_id(external_id) == read
    assert users.get_user_identities(user.id) == []
    assert [one.id for one in users.list_users(email=user.email.upper())] == [user.id]


def test_an_update_knows_absent_from_null(users):
    user = users.create_user(email=unique_email(), first_name="Stays", external_id=unique("external"), metadata={"a": "1"})
    updated = users.update_user(user.id, last_name="New", locale="en-US")
    assert (updated.first_name, updated.last_name, updated.locale, updated.metadata) == ("Stays", "New", "en-US", {"a": "1"})
    cleared = users.update_user(user.id, external_id=None, metadata=None, locale=None)
    assert (cleared.external_id, cleared.metadata, cleared.locale) == (None, {}, None)


def test_a_hash_is_imported(users):
    email = unique_email("hashed")
    password = PasswordHashed(password_hash=BCRYPT, password_hash_type="bcrypt")
    user = users.create_user(email=email, email_verified=True, password=password)
    assert users.authenticate_with_password(email=email, password=GOOD_PASSWORD).user.id == user.id


def test_refusals_come_as_the_right_exceptions(users):
    email = unique_email()
    users.create_user(email=email)
    with pytest.raises(BadRequestError) as taken:
        users.create_user(email=email.upper())
    assert taken.value.code == "user_creation_error"
    assert [one["code"] for one in taken.value.errors] == ["email_not_available"]
    with pytest.raises(BadRequestError) as weak:
        users.create_user(email=unique_email(), password=PasswordPlaintext(password="short"))
    assert weak.value.code == "password_strength_error"
    with pytest.raises(UnprocessableEntityError):
        users.create_user(email="nobody")
    with pytest.raises(NotFoundError):
        users.get_user("user_01ARZ3NDEKTSV4RRFFQ69G5FAV")


def test_a_deleted_user_is_gone(users):
    user = users.create_user(email=unique_email())
    users.delete_user(user.id)
    with pytest.raises(NotFoundError):
        users.get_user(user.id)
    with pytest.raises(NotFoundError):
        users.delete_user(user.id)


def test_an_address_is_verified_with_the_mailed_code(server, users):
    user = users.create_user(email=unique_email("verify"))
    assert users.send_verification_email(user.id).user.id == user.id
    code = server.code_from_mail(user.email)
    created = server.event("email_verification.created", lambda data: data["user_id"] == user.id)
    assert users.get_email_verification(created["data"]["id"]).code == code
    with pytest.raises(BadRequestError) as wrong:
        users.verify_email(user.id, code="000000" if code != "000000" else "111111")
    assert wrong.value.code == "email_verification_code_incorrect"
    assert users.verify_email(user.id, code=code).user.email_verified is True


def test_an_address_is_changed_with_the_code_from_the_new_one(server, users):
    user = users.create_user(email=unique_email("old"))
    new_email = unique_email("new")
    change = users.send_email_change(user.id, new_email=new_email)
    assert (change.new_email, change.user.id) == (new_email, user.id)
    confirmed = users.confirm_email_change(user.id, code=server.code_from_mail(new_email))
    assert (confirmed.user.email, confirmed.user.email_verified) == (new_email, True)
    with pytest.raises(ConflictError) as same:
        users.send_email_change(user.id, new_email=new_email)
    assert same.value.code == "email_change_not_needed"


def test_a_magic_code_signs_in(users):
    email = unique_email("magic")
    magic = users.create_magic_auth(email=email)
    assert users.get_magic_auth(magic.id).code == magic.code
    session = users.authenticate_with_magic_auth(code=magic.code, email=email)
    assert (session.user.id, session.user.email_verified) == (magic.user_id, True)
    assert session.authentication_method == "MagicAuth"


def test_a_password_is_reset(users):
    email = unique_email("reset")
    users.create_user(email=email, email_verified=True, password=PasswordPlaintext(password=GOOD_PASSWORD))
    reset = users.reset_password(email=email)
    assert users.get_password_reset(reset.id).password_reset_token == reset.password_reset_token
    done = users.confirm_password_reset(token=reset.password_reset_token, new_password=OTHER_PASSWORD)
    assert done.user.email == email
    with pytest.raises(BadRequestError) as old:
        users.authenticate_with_password(email=email, password=GOOD_PASSWORD)
    assert old.value.code == "invalid_credentials"
    users.authenticate_with_password(email=email, password=OTHER_PASSWORD)
