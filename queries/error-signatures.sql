-- Top error signatures
--
-- Failures by the first line of their text with numbers and ids blanked: what breaks most, where,
-- and since when.  Messages without a text are one signature.
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
),
signed AS (
  SELECT
    coalesce(
      nullif(
        substr(
          regexp_replace(
            split_part(regexp_replace(error_text, '^\s+', ''), chr(10), 1),
            '[0-9a-fA-F]{8,}|[0-9]+',
            '#'
          ),
          1,
          200
        ),
        ''
      ),
      '(no text)'
    ) AS signature,
    *
  FROM ranked
  WHERE age = 1
    AND status IN ('FAILED', 'ESCALATED')
    AND ended >= :since
    AND ended < :until
)
SELECT
  signature,
  count(*) AS failures,
  count(DISTINCT artifact_id) AS artifacts,
  min(artifact_id) AS an_artifact,
  min(ended) AS first_ended,
  max(ended) AS last_ended,
  min(message_guid) AS a_message
FROM signed
GROUP BY signature
ORDER BY failures DESC, signature
LIMIT 50
