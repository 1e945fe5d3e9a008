"""The database itself refuses impossible cases, and the timeline and the record of changes only grow."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import CheckConstraint, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.audit import AuditEntry, AuditIsAppendOnly, Change
from complaints.domain.channel import Raw
from complaints.domain.event import Event, TimelineIsAppendOnly
from complaints.domain.tables import metadata
from complaints.services import access, audit, receive, triage
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Limits, Upload
from complaints.services.evidence.stores import DiskStore
from complaints.services.kpi import counting
from complaints.services.talk import record
from tests.centre import actor, classified, file_case

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

# One impossible change each, by the CHECK that must refuse it. The last case is new, the first one with the police.
FRESH = "UPDATE complaint_case SET {} WHERE state = 'received'"
WITH_AGENCY = "UPDATE referral SET {}"
OFFICE = (
    "INSERT INTO office (id, agency_code, path, name_en, active, name_th, parent_id) "
    "SELECT 999, 'POLICE', '/', '', TRUE, {}"
)
# Reason, granted.
WISH = (
    "INSERT INTO join_wish (case_id, referral_id, agency_code, at, reason, granted) "
    "SELECT case_id, id, agency_code, CURRENT_TIMESTAMP, {} FROM referral"
)
# Number, sealed_at, key, hash, posted_on.
LETTER = (
    "INSERT INTO referral_letter (referral_id, year, code, dated, issued_at, size, number, sealed_at, stored_key, "
    "sha256, posted_on) SELECT id, 2569, 'x', '2026-11-20', CURRENT_TIMESTAMP, {} FROM referral"
)
# A check is asked before whether the letter is there.
LETTER_LINK = (
    "INSERT INTO letter_link (letter_id, made_at, expires_at, sent_at, sent_to) "
    "VALUES (1, CURRENT_TIMESTAMP, '{} 00:00:00+00', {})"
)
# Action, standing, done_at.
SHEET_ROW = (
    "INSERT INTO sheet_row (upload_id, line, number, version, reason, outcome, answer, fault, action, standing, "
    "done_at) VALUES (1, 1, '', 0, '', '', '', '{{}}', {})"
)
ABSENCE = (
    "INSERT INTO absence (account_id, made_by_id, made_at, deputy_id, first, last) "
    "SELECT id, id, CURRENT_TIMESTAMP, {} FROM account"
)
STATE = "state = '{}', ended_at = {}"
FILE = (
    "INSERT INTO attachment (case_id, draft_id, file_name, media_type, size, sha256, stored_key, role, source, "
    "received_at, verdict, threat, flaw) VALUES ({}, NULL, 'a', 'b', {}, 'c', 'd', 'agent', 'web', CURRENT_TIMESTAMP, "
    "'waiting', '', '')"
)
KEPT = "UPDATE attachment SET {}"
SLIP = "INSERT INTO bank_slip (attachment_id, bank, reference) SELECT id, {} FROM attachment"
HOOK = (
    "INSERT INTO webhook_endpoint (agency_code, url, told, key, failures, generation, created_at, silenced_at, silence)"
    " VALUES ('POLICE', {}, '[]', 'k', 0, {}, CURRENT_TIMESTAMP, {}, {})"
)
RAW = (
    "INSERT INTO raw_message (channel, account, external_id, sha256, size, headers, body, received_at) "
    "VALUES ('email', '', 'x', substr('" + "0" * 64 + "', 1, {1}), {0}, '{{}}', 'b', CURRENT_TIMESTAMP)"
)
HEARD = (
    "INSERT INTO heard_event (raw_id, channel, event_id, sender, kind, outcome, reason, at) "
    "SELECT id, 'email', 'new', 's', 'words', {}, '', CURRENT_TIMESTAMP FROM raw_message"
)
POINT = (
    "INSERT INTO contact_point (person_id, channel, address, account, created_at, failed_at, failure, failure_text) "
    "SELECT min(id), 'line', 'new', '', CURRENT_TIMESTAMP, {}, {}, '' FROM person"
)
WARNING = (
    "INSERT INTO public_warning (text_th, text_en, starts_at, ends_at, made_at) "
    "VALUES ('ก', '{}', CURRENT_TIMESTAMP, {}, CURRENT_TIMESTAMP)"
)
# Language, step, case.
TALK = (
    "INSERT INTO talk (channel, account, address, language, step, case_id, submission, data, created_at, changed_at, "
    "heard_at) VALUES ('line', '', 'U1', {}, 'x', '{{}}', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"
)
# Kind, text, category, urgent, guessed category, guessed urgency, model.
LEARNT = (
    "INSERT INTO labelled_row (case_id, at, channel, apart, kind, text, category_code, urgent, guess_code, "
    "guess_urgent, model_version) SELECT min(id), CURRENT_TIMESTAMP, 'web', FALSE, {} FROM complaint_case"
)
SAME = "'seller_fraud', FALSE, 'seller_fraud', FALSE, 'm'"
# Standing, decided_at, decided_by, reason, learnt.
MODEL = (
    "INSERT INTO model_version (version, base, trained_at, learnt_until, report, broken, standing, decided_at, "
    "decided_by, reason, learnt) SELECT 'v', 'b', CURRENT_TIMESTAMP, 1, '{{}}', '', {} FROM account"
)
WEEK = (
    "INSERT INTO drift_week (monday, decisions, unsure, checked, corrected, words, unseen, notices, measured_at) "
    "VALUES ('2026-11-23', {}, '[]', CURRENT_TIMESTAMP)"
)
# A check is asked before whether the client is there.
TOKEN = (
    "INSERT INTO api_token (client_id, token_hash, token_start, created_at, expires_at) "
    "VALUES (1, '{}', 'occ_', CURRENT_TIMESTAMP, '{} 00:00:00+00')"
)
SAME_PERSON = (
    "INSERT INTO same_person (one_id, other_id, parted_at, parted_by_id, joined_at, joined_by_id) "
    "SELECT {}, {}, {}, CURRENT_TIMESTAMP, (SELECT min(id) FROM account) FROM person"
)
# Cases, kind, reason, undone_at.
TIE = (
    "INSERT INTO case_tie (one_id, other_id, kind, reason, made_at, made_by_id, undone_at) "
    "SELECT {}, {}, CURRENT_TIMESTAMP, (SELECT min(id) FROM account), {} FROM complaint_case"
)
MEMBER = (
    "INSERT INTO mass_member (mass_id, case_id, joined_at, joined_by_id, left_at, left_reason) "
    "SELECT 1, min(id), CURRENT_TIMESTAMP, 1, {}, '{}' FROM complaint_case"
)
CALL = (
    "INSERT INTO phone_call (call_id, caller, rung, extension, began_at, answered_at, ended_at, called_back_at) "
    "VALUES ({}, '', '[]', '', CURRENT_TIMESTAMP, {}, {}, {})"
)
# Number, use, title, body.
REPLY = (
    "INSERT INTO reply_text (reply_id, number, at, use, title_th, title_en, body_th, body_en) "
    "SELECT min(id), {}, CURRENT_TIMESTAMP, '{}', 'ก', '{}', 'ก', '{}' FROM reply"
)
MACRO = (
    "INSERT INTO macro_text (macro_id, number, at, name_th, name_en, moves) "
    "VALUES (1, {}, CURRENT_TIMESTAMP, 'ก', '{}', '[]')"
)
# Number, ask, advice, refer, sources in English.
PLAYBOOK = (
    "INSERT INTO playbook (topic, number, at, review_by, ask_th, ask_en, advice_th, advice_en, refer_th, refer_en, "
    "sources_th, sources_en) "
    "VALUES ('x', {}, CURRENT_TIMESTAMP, CURRENT_DATE, 'ก', '{}', 'ก', '{}', 'ก', '{}', 'ก', '{}')"
)
# Address, stage, kind, law, guarded, verified_at, sent_at, failure, reference, returns, ended_on.
SITE = (
    "INSERT INTO website (address, host, url, stage, kind, law, guarded, reported_at, verified_at, sent_at, failure, "
    "reference, returns, ended_on, version) "
    "VALUES ('{}', 'h', 'u', '{}', '{}', '{}', {}, CURRENT_TIMESTAMP, {}, {}, '{}', '{}', {}, {}, 1)"
)
CAPTURE = (
    "INSERT INTO website_capture (website_id, at, asked, final, outcome, detail, hops, addresses, whois, title, "
    "html_key, html_sha256, html_size, picture_key, picture_sha256, picture_size) "
    "VALUES (1, CURRENT_TIMESTAMP, 'u', '', '{}', '', '[]', '[]', '', '', '{}', '', 0, '{}', '', 0)"
)
DOSSIER = (
    "INSERT INTO dossier (agency_code, token, made_at, made_by_id, data, sha256, sent_at, reference) "
    "VALUES ('MDES', 'x', CURRENT_TIMESTAMP, 1, '{{}}', '{}', {}, '')"
)
# The shift's and the next one's end, text.
NOTE = (
    "INSERT INTO shift_note (account_id, shift_from, shift_until, next_until, at, text, facts) "
    "VALUES (1, '2026-11-20 01:00:00+00', '2026-11-20 {}:00:00+00', '2026-11-20 17:00:00+00', CURRENT_TIMESTAMP, "
    "'{}', '{{}}')"
)
SAMPLE = (
    "INSERT INTO quality_sample (at, first, last, size, seed, drawn_from) "
    "VALUES (CURRENT_TIMESTAMP, '2026-11-20', '{}', {}, 'x', '{{}}')"
)
# Kind, agency, words, complete, in time, comment, right kind.
REVIEW = (
    "INSERT INTO quality_review (item_id, reviewer_id, at, category, agency, words, complete, in_time, comment, "
    "right_code) VALUES (1, 1, CURRENT_TIMESTAMP, {})"
)
# Stage, turn, its end, amount, language, consent, way, agreed number, ended.
MEDIATION = (
    "INSERT INTO mediation (case_id, stage, turn, turn_by, amount, language, consent_at, consent_via, agreed_number, "
    "ended_at, offers, summary, wish, complainant, respondent, email, opened_at, opened_by_id) "
    "SELECT min(id), {}, 0, 'a', '{}', '', 'c', '', CURRENT_TIMESTAMP, 1 FROM complaint_case"
)
ASKED = "'asked', 'complainant', CURRENT_TIMESTAMP, NULL, 'th', NULL, '', NULL, NULL"
# Number, kind, side, words, refund, day, words in Thai and in English, hash, what it answers.
MOVE_OF = (
    "INSERT INTO mediation_move (mediation_id, at, deeds, number, kind, side, words, refund, by_day, text_th, text_en, "
    "sha256, answers) VALUES (1, CURRENT_TIMESTAMP, '', {}, '{}', '{}', '{}', {}, {}, '{}', '{}', '{}', {})"
)
LINK = (
    "INSERT INTO mediation_link (mediation_id, token_hash, nonce, made_at, expires_at) "
    "VALUES (1, '{}', 'n', CURRENT_TIMESTAMP, '{}-01-01 00:00:00+00')"
)
IMPOSSIBLE = {
    "complaint_case_state_known": FRESH.format("state = 'lost', due_at = NULL"),
    "complaint_case_channel_named": FRESH.format("channel = ''"),
    "complaint_case_acknowledged_after_receipt": FRESH.format("acknowledged_at = '2001-01-01 00:00:00+00'"),
    "complaint_case_language_known": FRESH.format("language = 'fr'"),
    "complaint_case_outcome_known": FRESH.format("outcome = 'forgotten'"),
    "complaint_case_waiting_knows_where_to_resume": FRESH.format(
        "state = 'waiting', waiting_since = CURRENT_TIMESTAMP"
    ),
    "complaint_case_waiting_since_then": FRESH.format("state = 'waiting', resume_state = 'triage'"),
    "complaint_case_referred_has_category": FRESH.format("state = 'referred', referred_at = CURRENT_TIMESTAMP"),
    "complaint_case_referred_has_time": FRESH.format("state = 'in_progress', category_code = 'seller_fraud'"),
    "complaint_case_resolved_has_outcome": FRESH.format(
        "due_at = NULL, state = 'resolved', resolved_at = CURRENT_TIMESTAMP"
    ),
    "complaint_case_closed_has_time": FRESH.format(
        "due_at = NULL, state = 'closed', resolved_at = CURRENT_TIMESTAMP, outcome = 'explained'"
    ),
    "complaint_case_merged_has_target": FRESH.format("due_at = NULL, state = 'merged'"),
    "complaint_case_not_merged_into_itself": FRESH.format("due_at = NULL, state = 'merged', merged_into_id = id"),
    "complaint_case_reopened_is_counted": FRESH.format("state = 'reopened'"),
    "complaint_case_score_one_to_five": FRESH.format("score = 6"),
    "complaint_case_work_has_clock": FRESH.format("due_at = NULL"),
    "complaint_case_sleeper_is_open": FRESH.format(
        "state = 'withdrawn', due_at = NULL, promised_by = NULL, snoozed_until = CURRENT_TIMESTAMP"
    ),
    "complaint_case_decision_has_reason": FRESH.format("decide_by = CURRENT_TIMESTAMP"),
    "complaint_case_lost_not_negative": FRESH.format("lost = -1"),
    "account_office_is_of_agency": "UPDATE account SET manages = TRUE WHERE agency_code IS NULL",
    "office_has_name": OFFICE.format("'', NULL"),
    "office_not_below_itself": OFFICE.format("'กอง', 999"),
    "office_route_names_something": "INSERT INTO office_route (agency_code, category_code, province, office_id) "
    "VALUES ('POLICE', '', '', 1)",
    "absence_days_in_order": ABSENCE.format("NULL, '2026-11-22', '2026-11-21'"),
    "absence_not_own_deputy": ABSENCE.format("id, '2026-11-21', '2026-11-22'"),
    "sheet_row_standing_known": SHEET_ROW.format("'', 'lost', NULL"),
    "sheet_row_action_known": SHEET_ROW.format("'burn', 'ready', NULL"),
    "sheet_row_done_has_time": SHEET_ROW.format("'', 'done', NULL"),
    "join_wish_has_reason": WISH.format("'', NULL"),
    "join_wish_settled_one_way": WISH.format("'เพราะ', TRUE"),
    "agency_letters_have_address": "UPDATE agency SET by_letter = TRUE, email = '' WHERE code = 'POLICE'",
    "letter_counter_last_not_negative": "INSERT INTO letter_counter (year, last) VALUES (2569, -1)",
    "referral_letter_number_positive": LETTER.format("0, 0, NULL, '', '', NULL"),
    "referral_letter_sealed_whole": LETTER.format("0, 1, NULL, 'k', '', NULL"),
    "referral_letter_sealed_with_hash": LETTER.format("9, 1, CURRENT_TIMESTAMP, 'k', 'short', NULL"),
    "referral_letter_posted_after_sealed": LETTER.format("0, 1, NULL, '', '', '2026-11-20'"),
    "letter_link_expires_later": LETTER_LINK.format("2001-01-01", "NULL, ''"),
    "letter_link_sent_somewhere": LETTER_LINK.format("2999-01-01", "CURRENT_TIMESTAMP, ''"),
    "mediation_stage_known": MEDIATION.format(
        "'lost', NULL, NULL, NULL, 'th', CURRENT_TIMESTAMP, 'page', NULL, CURRENT_TIMESTAMP", "b"
    ),
    "mediation_turn_is_a_sides": MEDIATION.format(ASKED.replace("complainant", "centre"), "b"),
    "mediation_turn_while_open": MEDIATION.format(ASKED.replace("'complainant'", "NULL"), "b"),
    "mediation_turn_has_end": MEDIATION.format(ASKED.replace("CURRENT_TIMESTAMP", "NULL"), "b"),
    "mediation_runs_until_ended": MEDIATION.format(ASKED.replace("'', NULL, NULL", "'', NULL, CURRENT_TIMESTAMP"), "b"),
    "mediation_talks_with_consent": MEDIATION.format(ASKED.replace("asked", "talking"), "b"),
    "mediation_consent_has_a_way": MEDIATION.format(ASKED.replace("NULL, ''", "CURRENT_TIMESTAMP, ''"), "b"),
    "mediation_agreement_names_its_text": MEDIATION.format(ASKED.replace("'', NULL", "'', 1"), "b"),
    "mediation_says_what_about": MEDIATION.format(ASKED, ""),
    "mediation_amount_positive": MEDIATION.format(ASKED.replace("NULL, 'th'", "0, 'th'"), "b"),
    "mediation_language_known": MEDIATION.format(ASKED.replace("'th'", "'fr'"), "b"),
    "mediation_move_kind_known": MOVE_OF.format(1, "dance", "centre", "", "NULL", "NULL", "", "", "", "NULL"),
    "mediation_move_side_known": MOVE_OF.format(1, "consent", "judge", "", "NULL", "NULL", "", "", "", "NULL"),
    "mediation_move_numbered": MOVE_OF.format(0, "consent", "centre", "", "NULL", "NULL", "", "", "", "NULL"),
    "mediation_move_offer_has_words": MOVE_OF.format(
        1, "propose", "respondent", "", "NULL", "CURRENT_DATE", "ก", "", "0" * 64, "NULL"
    ),
    "mediation_move_offer_has_hash": MOVE_OF.format(
        1, "propose", "respondent", "", "NULL", "CURRENT_DATE", "ก", "a", "0" * 63, "NULL"
    ),
    "mediation_move_offer_has_day": MOVE_OF.format(
        1, "propose", "respondent", "", "NULL", "NULL", "ก", "a", "0" * 64, "NULL"
    ),
    "mediation_move_refund_positive": MOVE_OF.format(
        1, "propose", "respondent", "", "0", "CURRENT_DATE", "ก", "a", "0" * 64, "NULL"
    ),
    "mediation_move_answer_names_offer": MOVE_OF.format(
        1, "accept", "respondent", "", "NULL", "NULL", "", "", "", "NULL"
    ),
    "mediation_move_words_said": MOVE_OF.format(1, "note", "respondent", "", "NULL", "NULL", "", "", "", "NULL"),
    "mediation_link_has_hash": LINK.format("0" * 63, "2999"),
    "mediation_link_expires_later": LINK.format("0" * 64, "2001"),
    "mediation_paper_has_hash": (
        "INSERT INTO mediation_paper (mediation_id, made_at, sha256, content) VALUES (1, CURRENT_TIMESTAMP, 'x', '')"
    ),
    "referral_state_known": WITH_AGENCY.format(STATE.format("lost", "CURRENT_TIMESTAMP")),
    "referral_outcome_known": WITH_AGENCY.format("outcome = 'forgotten'"),
    "referral_receipt_has_time": WITH_AGENCY.format("state = 'acknowledged'"),
    "referral_acceptance_has_time": WITH_AGENCY.format("state = 'accepted', acknowledged_at = CURRENT_TIMESTAMP"),
    "referral_answer_has_outcome": WITH_AGENCY.format(
        STATE.format("answered", "CURRENT_TIMESTAMP")
        + ", acknowledged_at = CURRENT_TIMESTAMP, accepted_at = CURRENT_TIMESTAMP"
    ),
    "referral_refusal_has_reason": WITH_AGENCY.format(STATE.format("declined", "CURRENT_TIMESTAMP")),
    "referral_open_until_ended": WITH_AGENCY.format("state = 'recalled'"),
    "referral_recovered_not_negative": WITH_AGENCY.format("recovered = -1"),
    "promise_one_end": (
        "UPDATE promise SET done_at = CURRENT_TIMESTAMP, failed_at = CURRENT_TIMESTAMP, last_error = 'x'"
    ),
    "promise_case_named": "UPDATE promise SET case_id = NULL WHERE kind = 'letter'",
    "promise_raw_named": "UPDATE promise SET kind = 'read'",
    "promise_file_named": "UPDATE promise SET kind = 'inspect'",
    "promise_failure_has_reason": "UPDATE promise SET done_at = NULL, failed_at = CURRENT_TIMESTAMP, last_error = ''",
    "webhook_endpoint_has_url": HOOK.format("''", 1, "NULL", "NULL"),
    "webhook_endpoint_generation_counts": HOOK.format("'https://x.example/'", 0, "NULL", "NULL"),
    "webhook_endpoint_silence_has_reason": HOOK.format("'https://x.example/'", 1, "CURRENT_TIMESTAMP", "NULL"),
    "webhook_endpoint_silence_known": HOOK.format("'https://x.example/'", 1, "CURRENT_TIMESTAMP", "'tired'"),
    "raw_message_size_not_negative": RAW.format(-1, 64),
    "raw_message_has_hash": RAW.format(1, 63),
    "heard_event_outcome_known": HEARD.format("'lost'"),
    "heard_event_case_named": HEARD.format("'case'"),
    "contact_point_failure_has_reason": POINT.format("NULL", "'blocked'"),
    "contact_point_failure_known": POINT.format("CURRENT_TIMESTAMP", "'whim'"),
    "reply_text_use_known": REPLY.format(9, "sing", "a", "a"),
    "reply_text_said_in_both": REPLY.format(9, "ask", "a", ""),
    "reply_text_titled_in_both": REPLY.format(9, "ask", "", "a"),
    "reply_text_numbered": REPLY.format(0, "ask", "a", "a"),
    "macro_text_named_in_both": MACRO.format(9, ""),
    "macro_text_numbered": MACRO.format(0, "a"),
    "deed_undone_was_done": (
        "INSERT INTO deed (batch, case_id, account_id, at, moves, refused, before, made, undone_at) "
        "SELECT 'b', min(complaint_case.id), min(account.id), CURRENT_TIMESTAMP, '[]', '{}', '{}', '{}', "
        "CURRENT_TIMESTAMP FROM complaint_case, account"
    ),
    "playbook_numbered": PLAYBOOK.format(0, "a", "a", "a", "a"),
    "playbook_ask_in_both": PLAYBOOK.format(1, "", "a", "a", "a"),
    "playbook_advice_in_both": PLAYBOOK.format(1, "a", "", "a", "a"),
    "playbook_refer_in_both": PLAYBOOK.format(1, "a", "a", "", "a"),
    "playbook_sources_in_both": PLAYBOOK.format(1, "a", "a", "a", ""),
    "public_warning_said_in_both": WARNING.format("", "'2999-01-01 00:00:00+00'"),
    "public_warning_ends_after_start": WARNING.format("a", "'2001-01-01 00:00:00+00'"),
    "talk_language_known": TALK.format("'fr', 'story', NULL"),
    "talk_step_named": TALK.format("'th', '', NULL"),
    "talk_open_has_case": TALK.format("'th', 'open', NULL"),
    "talk_line_who_known": (
        "INSERT INTO talk_line (talk_id, who, body, choices, mark, at) "
        "SELECT id, 'ghost', 'boo', '[]', '', CURRENT_TIMESTAMP FROM talk"
    ),
    "case_identifier_found_by_known": "UPDATE case_identifier SET found_by = 'oracle'",
    "dropped_identifier_reason_known": (
        "INSERT INTO dropped_identifier (case_id, identifier_id, reason, at) "
        "SELECT case_id, identifier_id, 'whim', CURRENT_TIMESTAMP FROM case_identifier"
    ),
    "labelled_row_kind_known": LEARNT.format(f"'guessed', 'x', {SAME}"),
    "labelled_row_text_not_empty": LEARNT.format(f"'accepted', '', {SAME}"),
    "labelled_row_changed_differs": LEARNT.format(f"'changed', 'x', {SAME}"),
    "labelled_row_urgency_differs": LEARNT.format(f"'urgency', 'x', {SAME}"),
    "labelled_row_unaided_has_no_guess": LEARNT.format(f"'unaided', 'x', {SAME}"),
    "labelled_row_accepted_agrees": LEARNT.format("'accepted', 'x', NULL, TRUE, 'seller_fraud', FALSE, 'm'"),
    "labelled_row_guess_is_whole": LEARNT.format("'unaided', 'x', 'seller_fraud', FALSE, NULL, FALSE, ''"),
    "labelled_row_only_a_guess_has_a_model": LEARNT.format("'unaided', 'x', 'seller_fraud', FALSE, NULL, NULL, 'm'"),
    "labelled_row_unaided_says_something": LEARNT.format("'unaided', 'x', NULL, FALSE, NULL, NULL, ''"),
    "model_version_standing_known": MODEL.format("'king', max(created_at), min(id), '', 1"),
    "model_version_candidate_is_undecided": MODEL.format("'candidate', max(created_at), min(id), '', 1"),
    "model_version_rejection_has_reason": MODEL.format("'rejected', max(created_at), min(id), '', 1"),
    "model_version_person_refuses": MODEL.format("'withdrawn', max(created_at), NULL, '', 1"),
    "model_version_learnt_something": MODEL.format("'champion', max(created_at), min(id), '', 0"),
    "drift_week_unsure_of_decisions": WEEK.format("1, 2, 0, 0, 0, 0"),
    "drift_week_corrected_of_checked": WEEK.format("0, 0, 1, 2, 0, 0"),
    "drift_week_unseen_of_words": WEEK.format("0, 0, 0, 0, 1, 2"),
    "decision_by_known": "UPDATE decision SET decided_by = 'oracle', account_id = (SELECT min(id) FROM account)",
    "decision_person_has_account": "UPDATE decision SET decided_by = 'person'",
    "decision_machine_has_confidence": "UPDATE decision SET confidence = NULL",
    "decision_confidence_is_share": "UPDATE decision SET confidence = 1.01",
    "identifier_kind_known": "UPDATE identifier SET kind = 'pigeon'",
    "identifier_bank_only_for_account": "UPDATE identifier SET bank = 'KBANK'",
    "kpi_fact_solved_of_due": "UPDATE kpi_fact SET solved = due + 1",
    "kpi_fact_version_counts": "UPDATE kpi_fact SET version = 0",
    "kpi_span_number_counts": "INSERT INTO kpi_span VALUES ('2026-11-20', 'first_answer', 1, '', '', 1, 0)",
    "kpi_fact_due_of_contacts": "UPDATE kpi_fact SET due = contacts + 1",
    "message_kind_known": "UPDATE message SET kind = 'shout'",
    "message_note_is_not_public": "UPDATE message SET public = TRUE WHERE kind = 'note'",
    "attachment_belongs_somewhere": FILE.format("NULL", 1),
    "attachment_size_not_negative": FILE.format("(SELECT min(id) FROM complaint_case)", -1),
    "attachment_verdict_known": KEPT.format("verdict = 'guessed', inspected_at = CURRENT_TIMESTAMP"),
    "attachment_verdict_has_time": KEPT.format("verdict = 'clean'"),
    "attachment_quarantine_has_threat": KEPT.format("verdict = 'quarantined', inspected_at = CURRENT_TIMESTAMP"),
    "attachment_shown_after_verdict": KEPT.format("shown_key = 'x.webp'"),
    "attachment_flaw_known": KEPT.format("flaw = 'ugly'"),
    "attachment_pages_counted": KEPT.format("pages = 0"),
    "bank_slip_bank_has_code": SLIP.format("'4', 'ref'"),
    "bank_slip_reference_named": SLIP.format("'004', ''"),
    "account_role_known": "UPDATE account SET role = 'king' WHERE role = 'agent'",
    "account_partner_has_agency": "UPDATE account SET agency_code = NULL WHERE role = 'partner'",
    "account_failed_tries_not_negative": "UPDATE account SET failed_tries = -1",
    "same_person_smaller_first": SAME_PERSON.format("max(id), min(id)", "NULL", "NULL"),
    "same_person_parted_by_somebody": SAME_PERSON.format("min(id), max(id)", "CURRENT_TIMESTAMP", "NULL"),
    "case_tie_smaller_first": TIE.format("max(id), min(id)", "'different', ''", "NULL"),
    "case_tie_kind_known": TIE.format("min(id), max(id)", "'cousins', 'x'", "NULL"),
    "case_tie_related_has_reason": TIE.format("min(id), max(id)", "'related', ''", "NULL"),
    "case_tie_undone_by_somebody": TIE.format("min(id), max(id)", "'different', ''", "CURRENT_TIMESTAMP"),
    "mass_case_named": "INSERT INTO mass_case (name, opened_at, opened_by_id) VALUES ('', CURRENT_TIMESTAMP, 1)",
    "mass_member_left_for_a_reason": MEMBER.format("NULL", "wish"),
    "mass_member_reason_known": MEMBER.format("CURRENT_TIMESTAMP", "whim"),
    "mass_letter_said_in_thai": (
        "INSERT INTO mass_letter (mass_id, token, text_th, text_en, written_at, written_by_id) "
        "VALUES (1, 'x', '', '', CURRENT_TIMESTAMP, 1)"
    ),
    "website_stage_known": SITE.format("a", "lost", "", "", "FALSE", "NULL", "NULL", "", "", 0, "NULL"),
    "website_kind_known": SITE.format("a", "reported", "boring", "", "FALSE", "NULL", "NULL", "", "", 0, "NULL"),
    "website_has_address": SITE.format("", "reported", "", "", "FALSE", "NULL", "NULL", "", "", 0, "NULL"),
    "website_illegal_has_kind": SITE.format("a", "illegal", "", "", "FALSE", "NULL", "NULL", "", "", 0, "NULL"),
    "website_sent_has_time": SITE.format(
        "a", "sent", "gambling", "law", "FALSE", "CURRENT_TIMESTAMP", "NULL", "", "", 0, "NULL"
    ),
    "website_result_has_day": SITE.format(
        "a", "removed", "gambling", "law", "FALSE", "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", "", "", 0, "NULL"
    ),
    "website_blocked_by_an_order": SITE.format(
        "a",
        "blocked",
        "gambling",
        "law",
        "FALSE",
        "CURRENT_TIMESTAMP",
        "CURRENT_TIMESTAMP",
        "",
        "",
        0,
        "CURRENT_TIMESTAMP",
    ),
    "website_failure_has_reason": SITE.format("a", "failed", "", "", "FALSE", "NULL", "NULL", "", "", 0, "NULL"),
    "website_return_is_counted": SITE.format(
        "a", "alive", "gambling", "law", "FALSE", "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", "", "", 0, "NULL"
    ),
    "website_children_are_guarded": SITE.format(
        "a", "illegal", "child_abuse", "law", "FALSE", "CURRENT_TIMESTAMP", "NULL", "", "", 0, "NULL"
    ),
    "website_report_found_by_known": (
        "INSERT INTO website_report (website_id, case_id, written, found_by, at) "
        "SELECT 1, min(id), 'u', 'oracle', CURRENT_TIMESTAMP FROM complaint_case"
    ),
    "website_capture_outcome_known": CAPTURE.format("dreamt", "", ""),
    "website_capture_page_has_hash": CAPTURE.format("captured", "k", ""),
    "website_capture_picture_has_hash": CAPTURE.format("captured", "", "k"),
    "dossier_sent_by_somebody": DOSSIER.format("", "CURRENT_TIMESTAMP"),
    "dossier_has_hash": DOSSIER.format("abc", "NULL"),
    "shift_note_says_something": NOTE.format("09", ""),
    "shift_note_in_order": NOTE.format("18", "x"),
    "quality_sample_days_in_order": SAMPLE.format("2026-11-19", 1),
    "quality_sample_draws_something": SAMPLE.format("2026-11-20", 0),
    "quality_review_category_known": REVIEW.format("'maybe', 'yes', 'yes', 'yes', 'yes', '', NULL"),
    "quality_review_agency_known": REVIEW.format("'yes', 'maybe', 'yes', 'yes', 'yes', '', NULL"),
    "quality_review_words_known": REVIEW.format("'yes', 'yes', 'maybe', 'yes', 'yes', '', NULL"),
    "quality_review_complete_known": REVIEW.format("'yes', 'yes', 'yes', 'maybe', 'yes', '', NULL"),
    "quality_review_in_time_known": REVIEW.format("'yes', 'yes', 'yes', 'yes', 'maybe', '', NULL"),
    "quality_review_category_is_judged": REVIEW.format("'none', 'yes', 'yes', 'yes', 'yes', '', NULL"),
    "quality_review_wrong_has_right": REVIEW.format("'yes', 'yes', 'yes', 'yes', 'yes', '', 'seller_fraud'"),
    "quality_review_no_has_reason": REVIEW.format("'yes', 'yes', 'no', 'yes', 'yes', '', NULL"),
    "quality_answer_says_something": "INSERT INTO quality_answer (item_id, at, text) VALUES (1, CURRENT_TIMESTAMP, '')",
    "phone_call_has_id": CALL.format("''", "NULL", "NULL", "NULL"),
    "phone_call_answered_after_beginning": CALL.format("'a'", "'2001-01-01 00:00:00+00'", "NULL", "NULL"),
    "phone_call_ended_after_beginning": CALL.format("'a'", "NULL", "'2001-01-01 00:00:00+00'", "NULL"),
    "phone_call_called_back_by_somebody": CALL.format("'a'", "NULL", "NULL", "CURRENT_TIMESTAMP"),
    "api_client_has_name": "INSERT INTO api_client (name, scopes, created_at) VALUES ('', '[]', CURRENT_TIMESTAMP)",
    "api_token_has_hash": TOKEN.format("0" * 63, "2999-01-01"),
    "api_token_expires_later": TOKEN.format("0" * 64, "2001-01-01"),
    "api_answer_has_fingerprint": (
        "INSERT INTO api_answer (client_id, key, fingerprint, at, status, headers, body) "
        "VALUES (1, 'a', 'short', CURRENT_TIMESTAMP, 0, '{}', '')"
    ),
    "agency_feed_last_not_negative": "INSERT INTO agency_feed (agency_code, last) VALUES ('POLICE', -1)",
    "public_case_id_is_long": "INSERT INTO public_case (case_id, public_id) VALUES (1, 'short')",
    "request_token_has_hash": "INSERT INTO request_token (case_id, token_hash) VALUES (1, 'short')",
    "public_place_cases_counted": "INSERT INTO public_place VALUES ('2026-11', 'seller_fraud', '', 0, '2026-12-31')",
    "public_place_named_where_many": "INSERT INTO public_place VALUES ('2026-11', 'x', '10', 9, '2026-12-31')",
    "public_file_has_hash": "INSERT INTO public_file VALUES ('2026-11-21', 'x', 'short', 1, 1, CURRENT_TIMESTAMP)",
    "case_counter_last_not_negative": "UPDATE case_counter SET last = -1",
    "stranger_try_failed_tries_not_negative": (
        "INSERT INTO stranger_try (login_hash, failed_tries, last_at) VALUES ('x', -1, CURRENT_TIMESTAMP)"
    ),
}


@pytest.fixture
def filled(app: Flask, tmp_path: Path) -> Flask:
    """A centre with a case at the police, a fresh one, a note, a file and counted days."""
    number, _ = file_case()
    classified(number)
    agent = actor(Role.AGENT)
    with unit_of_work() as session:
        triage.note(session, access.get_for_change(session, number, agent, None), "โทรแล้ว", agent, datetime.now(UTC))
        counting.recount(session, counting.all_days(session), datetime.now(UTC))
        audit.record(session, Change.RECOUNTED, "", agent, datetime.now(UTC), after={"days": 1})
    file_case()
    with unit_of_work() as session:
        receive.keep_raw(session, Raw("email", "", b"From: somebody", {}, datetime.now(UTC)), "1")
        record.begin(session, "line", "", "U0", "th", datetime.now(UTC))
        case = access.get_for_change(session, number, agent, None)
        upload = Upload("แชต.txt", "คุยกับร้าน".encode())
        keep_files(session, [upload], Limits(1, 100, 100), DiskStore(tmp_path), datetime.now(UTC), case=case)
    return app


def refusal(sql: str) -> str:
    """What the database says to a statement, which is taken back either way."""
    with db.engine.connect() as connection:
        try:
            connection.execute(text(sql))
        except IntegrityError as error:
            return str(error.orig)
        finally:
            connection.rollback()
    return "nothing was refused"


def test_every_check_refuses_its_impossible_case(filled: Flask) -> None:
    wrong = {name: said for name, sql in IMPOSSIBLE.items() if not re.search(rf"\bck_{name}\b", said := refusal(sql))}
    assert wrong == {}


def test_every_check_is_tried() -> None:
    named = {
        str(check.name).removeprefix("ck_")
        for table in metadata.sorted_tables
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    assert named == set(IMPOSSIBLE)


def test_one_agency_has_a_case_only_once_at_a_time(filled: Flask) -> None:
    said = refusal(
        "INSERT INTO referral (case_id, agency_code, state, sent_at, acknowledge_by, answer_by, reason, note, answer) "
        "SELECT case_id, agency_code, state, sent_at, acknowledge_by, answer_by, reason, note, answer FROM referral"
    )
    assert "unique" in said.lower()


def test_numbers_and_submissions_are_given_once(filled: Flask) -> None:
    for column in ("number", "submission_hash"):
        said = refusal(f"UPDATE complaint_case SET {column} = 'the same'")  # noqa: S608 - two known columns
        assert "unique" in said.lower(), column


def test_the_orm_refuses_to_change_the_timeline(filled: Flask) -> None:
    session = db.session()
    event = session.scalars(select(Event).limit(1)).one()
    event.action = "note"
    with pytest.raises(TimelineIsAppendOnly):
        session.flush()
    session.rollback()
    session.delete(session.scalars(select(Event).limit(1)).one())
    with pytest.raises(TimelineIsAppendOnly):
        session.flush()


def test_the_orm_refuses_to_change_the_record_of_changes(filled: Flask) -> None:
    session = db.session()
    entry = session.scalars(select(AuditEntry).limit(1)).one()
    entry.what = "link_made"
    with pytest.raises(AuditIsAppendOnly):
        session.flush()
    session.rollback()
    session.delete(session.scalars(select(AuditEntry).limit(1)).one())
    with pytest.raises(AuditIsAppendOnly):
        session.flush()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE reply_text SET body_th = 'x'",
        "DELETE FROM reply_text",
        "UPDATE playbook SET ask_th = 'x'",
        "DELETE FROM playbook",
    ],
)
def test_the_database_refuses_to_change_what_a_template_or_playbook_said(filled: Flask, sql: str) -> None:
    with db.engine.connect() as connection, pytest.raises(DBAPIError, match="record only grows"):
        connection.execute(text(sql))


@pytest.mark.parametrize("sql", ["UPDATE event SET action = 'note'", "DELETE FROM event"])
def test_the_database_refuses_to_change_the_timeline(filled: Flask, sql: str) -> None:
    with db.engine.connect() as connection:
        before = connection.execute(text("SELECT count(*), min(action) FROM event")).one()
    with db.engine.connect() as connection, pytest.raises(DBAPIError, match="record only grows"):
        connection.execute(text(sql))
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*), min(action) FROM event")).one() == before
