import pytest

from newsletter.delivery.refusals import meaning
from newsletter.i18n import speaking


@pytest.mark.parametrize(
    ("code", "enhanced", "words"),
    [
        (550, "5.1.1", "l’adresse n’existe pas"),
        (452, "4.2.2", "la boîte est pleine"),
        (550, "5.7.999", "la boîte n’est pas joignable, ou le serveur refuse la lettre"),
        (599, "5.7.999", "le serveur refuse par règle de sécurité"),
        (554, "5.0.0", "le serveur refuse la lettre"),
        (554, "", "le serveur refuse la lettre"),
        (599, "", "le serveur a refusé pour de bon"),
        (499, "9.9", "le serveur a demandé d’attendre"),
        (0, "", "aucun serveur n’a répondu, ou l’adresse n’est pas joignable"),
    ],
)
def test_codes_are_said_in_words(code: int, enhanced: str, words: str) -> None:
    with speaking("fr"):
        assert meaning(code, enhanced) == words
