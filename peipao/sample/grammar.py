"""Chinese sentences, names and addresses of the sample city, put together from its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from peipao.domain.values import Place
from peipao.kinds.spec import AttributeSpec
from peipao.reference.loader import Reference
from peipao.sample.draws import STAGES
from peipao.sample.streams import Dice
from peipao.sample.words import Line, Words

MARK = "(生成)"
"""Ends the name of everything generated that bears a name of its own."""

_SHARES = {
    "huangdao": 0.19,
    "laoshan": 0.16,
    "chengyang": 0.14,
    "shibei": 0.13,
    "shinan": 0.11,
    "jimo": 0.09,
    "licang": 0.07,
    "jiaozhou": 0.06,
    "pingdu": 0.03,
    "laixi": 0.02,
}


def drawn_line(words: Words, reference: Reference, dice: Dice) -> Line:
    """Return what an entity does; one in six lies outside the ten industries."""
    known = [key for key in words.lines if key in reference.industries]
    inside = [key for key in known if key != "outside-10-plus-1"]
    if len(inside) < len(known) and dice.chance(1 / 6):
        return dice.pick(words.lines["outside-10-plus-1"])
    return dice.pick(words.lines[dice.pick(inside or known)])


def industries_of(reference: Reference, line: Line, second: Line | None) -> tuple[str, ...]:
    """Return the sorted industry codes of a line and perhaps of a second one."""
    codes = {line.industry} | ({second.industry} if second else set())
    if line.marine and "marine" in reference.industries:
        codes.add("marine")
    return tuple(sorted(codes))


def industry_word(reference: Reference, line: Line) -> str:
    """Return the industry's Chinese name without its remarks in brackets."""
    if reference.industries[line.industry].overlay:
        return "现代服务业"
    return reference.label("industries", line.industry).split("(", maxsplit=1)[0]


def drawn_district(reference: Reference, dice: Dice) -> str:
    """Return a district by an assumed share of start-ups; unlisted districts share what is left."""
    codes = reference.codes("districts")
    raw = [_SHARES.get(code, 0.05) for code in codes]
    return dice.weighted(codes, [weight / sum(raw) for weight in raw])


def drawn_place(reference: Reference, district: str, dice: Dice) -> Place:
    """Return a point near the seat of the district or of one of its zones."""
    zones = sorted(zone.id for zone in reference.zones.values() if zone.district == district)
    zone = dice.pick(zones) if zones and dice.chance(0.4) else None
    centre = reference.zones[zone] if zone else reference.districts[district]
    latitude = centre.latitude + dice.between(-0.025, 0.025)
    longitude = centre.longitude + dice.between(-0.03, 0.03)
    return Place(district, zone, round(latitude, 5), round(longitude, 5))


def person_name(words: Words, noun: str, number: int, dice: Dice) -> str:
    """Return a name that nobody bears, such as `王某某(生成导师0137)`."""
    return f"{dice.pick(words.lists['names.surnames'])}某某(生成{noun}{number:04d})"


def company_name(words: Words, line: Line, stage: str, dice: Dice) -> str:
    """Return the name of a generated company or team; it ends with the mark."""
    tail = dice.pick(words.tails[line.industry])
    name = dice.pick(words.lists["names.first"]) + dice.pick(words.lists["names.second"])
    forms = "projects.small" if stage == "seed" and dice.chance(0.6) else "projects.form"
    return dice.pick(words.lists[forms]).format(name=name, tail=tail)


def said(
    words: Words, patterns: str, line: Line, dice: Dice, given: Mapping[str, object] | None = None
) -> str:
    """Return one of the patterns with words of the line, phrases and given values filled in."""
    product, other = (*dice.some(line.products, 2, 2), line.products[0])[:2]
    filled: dict[str, object] = {
        "product": product,
        "other": other,
        "technology": dice.pick(line.technologies),
        "customer": dice.pick(line.customers),
        "problem": dice.pick(line.problems),
    }
    pattern = dice.pick(words.lists[patterns])
    for key in _PHRASES:
        if "{" + key + "}" in pattern:
            filled[key] = dice.pick(words.lists[_PHRASES[key]])
    return pattern.format(**{**filled, **(given or {})})


_PHRASES = {
    "made": "phrases.made",
    "for": "phrases.for",
    "drive": "phrases.drive",
    "solve": "phrases.solve",
    "method": "mentor.method",
    "beat": "officer.beat",
    "habit": "officer.habit",
    "role": "talent.role",
    "wish": "talent.wish",
    "form": "service.form",
    "ask": "topics.ask",
}


def address_parts(
    words: Words, reference: Reference, district: str, dice: Dice
) -> dict[str, object]:
    """Return district, road and house number; the number is drawn."""
    roads = words.lists.get(f"roads.{district}", ("人民路",))
    return {
        "district": reference.label("districts", district),
        "road": dice.pick(roads),
        "number": 1 + int(dice.unit() * 299),
    }


def project_intro(
    words: Words, reference: Reference, line: Line, state: tuple[str, str], dice: Dice
) -> str:
    """Return 25 to 130 characters on what a project does, how far it is and perhaps where.

    `state` is the stage and the district of the project.
    """
    stage, district = state
    status = dice.pick(words.lists[f"phrases.{stage if stage in STAGES else 'startup'}"])
    parts = [said(words, "projects.intro", line, dice, {"status": status})]
    if dice.chance(0.5):
        keywords = reference.industries[line.industry].keywords
        keyword, other = (*dice.some(keywords, 2, 2), keywords[0])[:2]
        pattern = dice.pick(words.lists["projects.field"])
        parts.append(pattern.format(keyword=keyword, keyword2=other))
    if dice.chance(0.5):
        pattern = dice.pick(words.lists["projects.address"])
        parts.append(pattern.format(**address_parts(words, reference, district, dice)))
    return "".join(parts)


def labels(spec: AttributeSpec, codes: Sequence[str], joined: str = "、") -> str:
    """Return the Chinese words of codes of a listed attribute."""
    return joined.join(spec.labels.get(code, code) for code in codes)
