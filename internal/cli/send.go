package cli

import (
	"fmt"
	"io"
	"net/http"
	"os"
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
				return usageError{fmt.Errorf("read the document: %w", err)}
			}
			answer, err := demo.Post(cmd.Context(), &http.Client{Timeout: time.Minute}, url, contentType, body)
			if err != nil {
				return err
			}
			if _, err := cmd.OutOrStdout().Write(answer.Body); err != nil {
				return err
			}
			if answer.Code >= 300 {
				return fmt.Errorf("the document was not taken: cXML %d", answer.Code)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&url, "url", "http://127.0.0.1:8080/cxml", "endpoint")
	cmd.Flags().StringVar(&contentType, "content-type", "text/xml; charset=UTF-8", "Content-Type of the request")
	return cmd
}

func readFile(cmd *cobra.Command, path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(cmd.InOrStdin())
	}
	return os.ReadFile(path)
}
