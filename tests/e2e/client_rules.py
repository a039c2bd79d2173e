# SPDX-License-Identifier: Apache-2.0
"""What real clients demand of an answer, from their source (docs/compatibility.md). Each function reads a body as that client does and
raises Broken where the client would."""
import json


class Broken(Exception):
    """The client fails, and why."""


def demand(condition, why):
    if not condition:
        raise Broken(why)


def member(value, name, kind, where, required=True):
    """VALUE[name], of type KIND; None where it is not required and absent or null."""
    demand(isinstance(value, dict), f"{where} is no object")
    found = value.get(name)
    if found is None and not required:
        return None
    demand(isinstance(found, kind), f"{where}.{name} is {found!r}")
    return found


def document(body):
    try:
        return json.loads(body)
    except ValueError as error:
        raise Broken(str(error)) from error


def xsapi_result(user):
    """XSAPI's UserStatisticsResult: one wrong element loses all."""
    xuid = member(user, "xuid", str, "user")
    demand(xuid.isascii() and xuid.isdecimal() and 0 < int(xuid) < 2**64, f"xuid {xuid}")
    stats = []
    for scid in member(user, "scids", list, "user"):
        name = member(scid, "scid", str, "scids")
        demand(len(name.encode()) <= 36, "a scid is longer than XSAPI's buffer")
        for stat in member(scid, "stats", list, name):
            stats.append((xuid, name, *(member(stat, m, str, name) for m in ("statname", "type", "value"))))
    return stats


def xsapi_batch(body):
    """XblUserStatisticsGetMultipleUserStatistics…; the statistics as (xuid, scid, name, type, value)."""
    return [stat for user in member(document(body), "users", list, "answer") for stat in xsapi_result(user)]


def xsapi_single(body):
    """XblUserStatisticsGetSingleUserStatistic(s): the members of a user at the root."""
    return xsapi_result(document(body))


def python_stat(stat):
    """Model Stat of xbox-webapi (Python) and of python-xbox: strict strings, `properties` required."""
    properties = member(stat, "properties", dict, "stat")
    member(properties, "DisplayName", str, "properties", required=False)
    group = member(stat, "groupproperties", dict, "stat", required=False)
    for name in ("Ordinal", "SortOrder", "DisplayName", "DisplayFormat", "DisplaySemantic"):
        member(group or {}, name, str, "groupproperties", required=False)
    return tuple(member(stat, m, str, "stat") for m in ("xuid", "scid", "name", "type", "value"))


def python_collection(value, where):
    stats = []
    for item in member(value, "statlistscollection", list, where):
        member(item, "arrangebyfield", str, where)
        member(item, "arrangebyfieldid", str, where)
        stats += [python_stat(stat) for stat in member(item, "stats", list, where)]
    return stats


def python_answer(body):
    """Model UserStatsResponse of both Python clients; the listed statistics and those of the groups."""
    answer = document(body)
    groups = []
    for group in member(answer, "groups", list, "answer", required=False) or []:
        member(group, "name", str, "group")
        member(group, "titleid", str, "group", required=False)
        groups += python_collection(group, "group")
    return python_collection(answer, "answer"), groups


def launcher_answer(body):
    """A launcher's model of a library's playing time, which lists by title; title → value."""
    found = {}
    for item in member(document(body), "statlistscollection", list, "answer"):
        for name in ("arrangebyfield", "arrangebyfieldid"):
            member(item, name, str, "answer")
        for stat in member(item, "stats", list, "answer"):
            member(stat, "properties", dict, "stat")
            for name in ("xuid", "scid", "name", "type"):
                member(stat, name, str, "stat")
            found[member(stat, "titleid", str, "stat")] = member(stat, "value", str, "stat", required=False)
    return found


def playnite_minutes(body):
    """Playnite: the first user's list by title id; a title twice throws, and so does a value that is no number."""
    stats = member(member(document(body), "statlistscollection", list, "answer")[0], "stats", list, "answer")
    titles = [member(stat, "titleid", str, "stat") for stat in stats]
    demand(len(set(titles)) == len(titles), "a title twice")
    return {title: int(stat["value"]) for title, stat in zip(titles, stats)}


def xsapi_retry_after(headers):
    """Whole seconds; anything else counts as none, and XSAPI comes again too early."""
    value = headers.get("retry-after", "")
    demand(value.isascii() and value.isdecimal(), f"Retry-After: {value!r}")
    return int(value)
