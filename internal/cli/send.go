package cli

import (
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/demo"
)

func newSend() *cobra.Command {
	var url, contentType string
	cmd := &cobra.Command{
		Use: "send FILE", Short: "Post a cXML file to an endpoint as a supplier would; - reads standard input", Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := readFile(cmd, args[0])
			if err != nil {
				return err
			}
			client := &http.Client{Timeout: time.Minute}
			defer client.CloseIdleConnections()
			answer, err := demo.Post(cmd.Context(), client, url, contentType, body)
			if err != nil && answer.Body == nil {
				return unreachableError{fmt.Errorf("%w; is ingest running, and --url right?", err)}
			}
			if err := printText(cmd.OutOrStdout(), answer.Body); err != nil {
				return err
			}
			switch {
			case err != nil:
				return err
			case answer.Code >= 500:
				return fmt.Errorf("%s was not taken at this moment: cXML %d; send it again later, unchanged", args[0], answer.Code)
			case answer.Code >= 300:
				return fmt.Errorf("%s was refused: cXML %d; the answer says what to correct", args[0], answer.Code)
			case answer.ID != "":
				fmt.Fprintf(cmd.ErrOrStderr(), "accepted as document %s\n", answer.ID)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&url, "url", "http://127.0.0.1:8080/cxml", "endpoint")
	cmd.Flags().StringVar(&contentType, "content-type", "text/xml; charset=UTF-8", "Content-Type of the request")
	return cmd
}
