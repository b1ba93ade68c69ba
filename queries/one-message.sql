-- All about one message
--
-- Every version of every message with this MessageGuid, CorrelationId or ApplicationMessageId, in
-- the order in which they ended.  Choose :since before the message began.
-- Scans: the days from :since to 35 days after :until.
SELECT DISTINCT
  ended,
  status,
  seconds,
  artifact_name,
  sender,
  receiver,
  error_text,
  message_guid,
  correlation_id,
  application_message_id,
  predecessor_message_guid,
  started,
  read_at,
  version,
  link
FROM mpl_versions
WHERE dt BETWEEN CAST(CAST(:since AS date) AS varchar)
    AND CAST(CAST(:until + INTERVAL '35' DAY AS date) AS varchar)
  AND :id IN (message_guid, correlation_id, application_message_id)
ORDER BY ended NULLS FIRST, read_at, version
