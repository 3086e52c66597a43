"""The ledger sees every way in which what is there can differ from what was sent."""

from examples.ledger import Ledger
from examples.shop_export import Record


def ledger() -> Ledger:
    book = Ledger("customer")
    book.add_created([{"firstName": "Ada"}, {"firstName": "Ben"}], {0: "a", 1: "b"})
    return book


def there(**changes: Record) -> dict[str, Record]:
    rows: dict[str, Record] = {
        "a": {"customerId": "a", "firstName": "Ada", "customerStatus": "Active"},
        "b": {"customerId": "b", "firstName": "Ben", "customerStatus": "Active"},
    }
    return {key: row | changes.get(key, {}) for key, row in rows.items()}


def test_what_was_sent_is_no_difference() -> None:
    assert ledger().find_differences(there()) == []


def test_a_lost_record_is_missing() -> None:
    found = there()
    del found["a"]
    assert ledger().find_differences(found) == ["customer a is missing"]


def test_a_doubled_record_is_one_too_many() -> None:
    found = there() | {"c": there()["a"]}
    assert ledger().find_differences(found) == ["customer c is not expected"]


def test_two_records_under_one_id_leave_one_too_many() -> None:
    book = Ledger("customer")
    book.add_created([{"firstName": "Ada"}, {"firstName": "Ada"}], {0: "a", 1: "a"})
    found = {key: row | {"firstName": "Ada"} for key, row in there().items()}
    assert book.find_differences(found) == ["customer b is not expected"]


def test_a_changed_a_lost_and_an_added_field_are_named() -> None:
    assert ledger().find_differences(there(a={"firstName": "Eve"})) == [
        "customer a differs in firstName"
    ]
    assert ledger().find_differences(there(b={"notes": "?"})) == ["customer b differs in notes"]
    found = there()
    del found["a"]["firstName"]
    assert ledger().find_differences(found) == ["customer a differs in firstName"]


def test_an_update_and_an_archiving_change_what_ought_to_be_there() -> None:
    book = ledger()
    book.apply_updates([{"customerId": "a", "chargeAccount": True}])
    book.apply_archive(["b"])
    assert book.find_differences(there()) == [
        "customer a differs in chargeAccount",
        "customer b differs in customerStatus",
    ]
    assert not book.find_differences(
        there(a={"chargeAccount": True}, b={"customerStatus": "Inactive"})
    )
