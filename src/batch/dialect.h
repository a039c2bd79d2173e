/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that the table of dialects is put together from. */
#ifndef USERSTATS_BATCH_DIALECT_H
#define USERSTATS_BATCH_DIALECT_H

#include "batch/batch.h"

/* {"requestedusers":[xuid…],"requestedscids":[{"scid":"…","requestedstats":["…"]}]}, a list a scid. The names
 * of a scid that is listed twice are joined; an empty list among them asks for all. */
batch_parser batch_parse_documented;
batch_request_writer batch_request_documented;
batch_writer batch_write_documented; /* numbers as numbers */
batch_writer batch_write_contract_1; /* every value a string */
batch_writer batch_write_single_documented;
batch_writer batch_write_single_contract_1;

/* {"arrangebyfield":"xuid","xuids":["…"],"groups":[{"name":"Hero","titleId":…}],"stats":[{"name":"…","titleId":…}]},
 * a list for each run of stats with the same owner. */
batch_parser batch_parse_contract_2;
batch_request_writer batch_request_contract_2;
batch_writer batch_write_contract_2;
batch_writer batch_write_single_contract_3;

#endif
