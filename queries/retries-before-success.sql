-- Retries before success
--
-- Messages that were seen in RETRY and then completed: how often, and for how long.  A retry that
-- came and went between two reads of the exporter was seen by nobody.
-- Scans: the days from 35 days before :since to 35 days after :until.
WITH states AS (
  SELECT
    message_guid,
    status,
    ended,
    max(artifact_id) AS artifact_id,
    max(artifact_name) AS artifact_name
  FROM mpl_versions
  WHERE dt BETWEEN CAST(CAST(:since - INTERVAL '35' DAY AS date) AS varchar)
      AND CAST(CAST(:until + INTERVAL '35' DAY AS date) AS varchar)
    AND status IN ('RETRY', 'COMPLETED')
    AND message_guid IS NOT NULL
  GROUP BY message_guid, status, ended
),
messages AS (
  SELECT
    message_guid,
    max(artifact_id) AS artifact_id,
    max(artifact_name) AS artifact_name,
    count_if(status = 'RETRY') AS retries,
    min(ended) FILTER (WHERE status = 'RETRY') AS first_retry,
    max(ended) FILTER (WHERE status = 'COMPLETED') AS completed
  FROM states
  GROUP BY message_guid
)
SELECT
  artifact_id,
  max(artifact_name) AS artifact_name,
  count(*) AS messages,
  sum(retries) AS retries,
  max(retries) AS most_retries,
  max(date_diff('second', first_retry, completed)) AS longest_seconds
FROM messages
WHERE retries > 0
  AND completed >= :since
  AND completed < :until
GROUP BY artifact_id
ORDER BY messages DESC, artifact_id
