package queue

import "github.com/nats-io/nats.go/jetstream"

// The buckets.
const (
	bucketOrders   = "ORDERS"
	bucketClaims   = "CLAIMS"
	bucketCache    = "CACHE"
	bucketAccounts = "ACCOUNTS"
	bucketLookups  = "LOOKUPS"
	bucketJobs     = "JOBS"
	bucketLeases   = "LEASES"
	bucketTokens   = "TOKENS"
	bucketNumbers  = "NUMBERS"
	bucketObjects  = "ORIGINALS"
)

func (o Options) buckets() []jetstream.KeyValueConfig {
	text := map[string]string{
		bucketOrders:   "order ledgers",
		bucketClaims:   "which document owns an external id",
		bucketCache:    "order number to internal id",
		bucketAccounts: "lanes, holds and credential state of each account",
		bucketLookups:  "lookup tables of the mapping",
		bucketJobs:     "jobs of operators",
		bucketLeases:   "which process does what only one may do",
		bucketTokens:   "sealed access tokens to NetSuite",
		bucketNumbers:  "which document was the first with a business number",
	}
	var all []jetstream.KeyValueConfig
	for _, name := range []string{bucketOrders, bucketClaims, bucketCache, bucketAccounts, bucketLookups, bucketJobs, bucketLeases, bucketTokens, bucketNumbers} {
		c := jetstream.KeyValueConfig{Bucket: o.stream(name), Description: text[name], History: 1, Storage: jetstream.FileStorage, Replicas: o.Replicas}
		switch name {
		case bucketLookups:
			c.History = lookupHistory
		case bucketCache:
			c.TTL = o.CacheAge
		case bucketNumbers:
			c.TTL = numbersAge
		case bucketTokens:
			c.TTL = tokenAge
		}
		all = append(all, c)
	}
	return all
}
