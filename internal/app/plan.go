package app

import (
	"fmt"
	"time"

	"counterpunch/internal/config"
	"counterpunch/internal/delivery"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
)

// PlanOptions returns what a preview of an account's documents needs. Its calls go through client. The secrets of accounts
// must have been resolved.
func PlanOptions(cfg *config.Config, a config.Account, q *queue.Queue, client *netsuite.Client) (delivery.PlanOptions, error) {
	mapper, err := newMapper(cfg, a)
	if err != nil {
		return delivery.PlanOptions{}, fmt.Errorf("account %s: %w", a.Name, err)
	}
	return delivery.PlanOptions{Queue: q, Account: deliveryAccount(cfg, a, mapper, client), Schedule: schedule(cfg.Worker.Retry)}, nil
}

func deliveryAccount(cfg *config.Config, a config.Account, m *mapping.Mapper, client *netsuite.Client) delivery.Account {
	return delivery.Account{
		Name: a.Name, Client: client, Mapper: m, Vendors: vendorsOf(cfg, a.Name), Credential: fingerprint(a.NetSuite),
		FirstOpenPeriod: a.Bill.Period == config.PeriodFirstOpen, OnDelete: onDelete(a.Bill.OnDelete), PayloadField: a.Orders.PayloadField,
		Numbers: delivery.Numbers{Blocked: a.Bill.DuplicateNumbers == "blocked", Same: time.Duration(a.Bill.SameNumberDays) * 24 * time.Hour},
	}
}

func onDelete(policy string) delivery.OnDelete {
	if policy == config.PolicyHold {
		return delivery.DeleteHolds
	}
	return delivery.OnDelete(policy)
}
