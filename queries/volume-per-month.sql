-- Volume per month, artifact, receiver and sender
--
-- Messages by the month of their end.  An indication, not an invoice: SAP counts by rules of its
-- own, and logs that the tenant does not write (log level NONE) are in no archive.
-- Scans: the days from :since to 35 days after :until, as a message may change that long.
WITH ranked AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY coalesce(message_guid, version)
      ORDER BY ended DESC NULLS LAST, read_at DESC NULLS LAST, version DESC
    ) AS age
  FROM mpl_versions
  WHERE dt BETWEEN CAST(CAST(:since AS date) AS varchar)
    AND CAST(CAST(:until + INTERVAL '35' DAY AS date) AS varchar)
)
SELECT
  date_trunc('month', ended) AS month,
  artifact_id,
  max(artifact_name) AS artifact_name,
  receiver,
  sender,
  count(*) AS messages,
  count_if(status IN ('FAILED', 'ESCALATED')) AS failed
FROM ranked
WHERE age = 1
  AND ended >= :since
  AND ended < :until
GROUP BY 1, artifact_id, receiver, sender
ORDER BY month, messages DESC, artifact_id, receiver, sender
