-- Durations per artifact, against the week before
--
-- Seconds from start to end of COMPLETED messages: median, 95th percentile (nearest rank, so each
-- is a duration that was really there) and maximum, and the median's change against the same span
-- a week earlier.
-- Scans: the days from 7 days before :since to 35 days after :until.
WITH ranked AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY coalesce(message_guid, version)
      ORDER BY ended DESC NULLS LAST, read_at DESC NULLS LAST, version DESC
    ) AS age
  FROM mpl_versions
  WHERE dt BETWEEN CAST(CAST(:since - INTERVAL '7' DAY AS date) AS varchar)
    AND CAST(CAST(:until + INTERVAL '35' DAY AS date) AS varchar)
),
timed AS (
  SELECT artifact_id, artifact_name, seconds, ended >= :since AS this_week
  FROM ranked
  WHERE age = 1
    AND status = 'COMPLETED'
    AND seconds IS NOT NULL
    AND (
      ended >= :since AND ended < :until
      OR ended >= :since - INTERVAL '7' DAY AND ended < :until - INTERVAL '7' DAY
         AND ended < :since
    )
),
placed AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY artifact_id, this_week ORDER BY seconds) AS place,
    count(*) OVER (PARTITION BY artifact_id, this_week) AS messages
  FROM timed
),
measured AS (
  SELECT
    artifact_id,
    max(artifact_name) AS artifact_name,
    count_if(this_week) AS messages,
    min(seconds) FILTER (WHERE this_week AND place * 100 >= messages * 50) AS p50,
    min(seconds) FILTER (WHERE this_week AND place * 100 >= messages * 95) AS p95,
    max(seconds) FILTER (WHERE this_week) AS longest,
    count_if(NOT this_week) AS messages_before,
    min(seconds) FILTER (WHERE NOT this_week AND place * 100 >= messages * 50) AS p50_before,
    min(seconds) FILTER (WHERE NOT this_week AND place * 100 >= messages * 95) AS p95_before
  FROM placed
  GROUP BY artifact_id
)
SELECT
  *,
  round(100 * (p50 - p50_before) / nullif(p50_before, 0), 1) AS p50_change_percent
FROM measured
WHERE messages > 0
ORDER BY p95 DESC, artifact_id
