"""Program that writes the package autoleap_api_client out of openapi.yaml."""
